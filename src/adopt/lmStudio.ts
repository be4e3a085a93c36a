/**
 * Finds LM Studio's models (lmstudio.ai/docs, “Import Models”): `<publisher>/<repository>/<file>.gguf`, below `models`
 * in its home or below `downloadsFolder` of its settings.json. `~/.lmstudio-home-pointer` names the home, which is
 * usually `~/.lmstudio` and in older versions `~/.cache/lm-studio` (lmstudio-ai/lmstudio.js, findLMStudioHome).
 */
import { isAbsolute, join } from 'node:path';
import * as z from 'zod';
import { distinctFolders, type Machine } from './homeFolders.ts';
import { fileStem, importedReference } from './importedNames.ts';
import { type FileGroup, groupShards, isGgufName, readPlain, tagsOf } from './plainFiles.ts';
import { type FoundFile, filesBelow, inEach, readSmallFile, type ScanOptions } from './scan.ts';
import type { ForeignTool, FoundModel } from './tool.ts';

const DEPTH = 4;
const MAX_SETTINGS_BYTES = 1024 * 1024;

const settingsSchema = z.object({ downloadsFolder: z.string() });

async function homesOf({ home }: Machine, options: ScanOptions): Promise<string[]> {
  const pointer = await readSmallFile(join(home, '.lmstudio-home-pointer'), 4096, options);
  const named = pointer?.toString('utf8').trim();
  return distinctFolders([
    named !== undefined && isAbsolute(named) ? named : undefined,
    join(home, '.lmstudio'),
    join(home, '.cache', 'lm-studio'),
  ]);
}

/** Returns the folder that the user chose in LM Studio, or undefined. */
async function chosenFolder(lmStudioHome: string, options: ScanOptions): Promise<string | undefined> {
  const bytes = await readSmallFile(join(lmStudioHome, 'settings.json'), MAX_SETTINGS_BYTES, options);
  if (bytes === undefined) return undefined;
  try {
    const { downloadsFolder } = settingsSchema.parse(JSON.parse(bytes.toString('utf8')));
    return isAbsolute(downloadsFolder) ? downloadsFolder : undefined;
  } catch {
    return undefined; // other versions keep the setting elsewhere; the default folder is searched all the same
  }
}

async function ggufsIn(folder: string, options: ScanOptions): Promise<FoundFile[]> {
  return filesBelow(folder, DEPTH, isGgufName, options);
}

async function modelsIn(folder: string, options: ScanOptions): Promise<FoundModel[]> {
  const byPlace = new Map<string, FileGroup[]>();
  for (const group of groupShards(await ggufsIn(folder, options), options)) {
    const name = group.files[0]?.name ?? group.fileName;
    const place = name.includes('/') ? name.slice(0, name.lastIndexOf('/')) : '';
    byPlace.set(place, [...(byPlace.get(place) ?? []), group]);
  }
  const models: FoundModel[] = [];
  for (const [place, groups] of byPlace) {
    const tags = tagsOf(groups, ({ fileName }) => fileStem(fileName));
    for (const [index, group] of groups.entries()) {
      const parts = place === '' ? [fileStem(group.fileName)] : place.split('/');
      const tag = tags[index] ?? 'latest';
      const identity = {
        name: `${parts.join('/')}:${tag}`,
        reference: importedReference(['lm-studio', ...parts], tag),
      };
      const model = await readPlain(group, identity, options);
      if (model !== undefined) models.push(model);
    }
  }
  return models;
}

/** Describes LM Studio on a machine. @throws ModelError `cancelled`. */
export async function lmStudio(machine: Machine, options: ScanOptions): Promise<ForeignTool> {
  const homes = await homesOf(machine, options);
  const chosen: (string | undefined)[] = [];
  for (const lmStudioHome of homes) chosen.push(await chosenFolder(lmStudioHome, options));
  const folders = distinctFolders([...chosen, ...homes.map((each) => join(each, 'models'))]);
  return {
    title: 'LM Studio',
    folders,
    pathsOf: async () => [],
    unnamedFiles: (scan) => inEach(folders, (folder) => ggufsIn(folder, scan)),
    models: (scan) => inEach(folders, (folder) => modelsIn(folder, scan)),
  };
}
