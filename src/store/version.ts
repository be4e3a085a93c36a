/**
 * Creates stores, recognizes them and upgrades them, by `store.json` (ours) and `oci-layout` (OCI image-spec
 * image-layout.md).
 *
 * A store is made only in a new or empty folder, because in any other its names could collide with foreign files. The
 * id in `store.json` is part of the names of temporary files, so that leftovers of a killed process are recognized.
 */
import { randomUUID } from 'node:crypto';
import { link, lstat, mkdir, open, readdir, realpath, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { isModelError, ModelError, systemErrorCode } from '../base/error.ts';
import { asLocalized, type Localized, t } from '../base/l10n.ts';
import type { Log } from '../base/log.ts';
import { recordOlder } from './content/records.ts';
import { NO_HARD_LINK } from './disk/capabilities.ts';
import { guarded, ifPresent, renameFile, syncDirectory, syncFile, writeAtomically } from './disk/files.ts';
import { Layout, UUID } from './disk/layout.ts';
import { isFolder, makeFolder, readText } from './disk/ownFiles.ts';
import { findSmall, jsonFile, readSmall } from './disk/smallFile.ts';

/** Raised when an older version of the extension could damage a store that this one wrote. */
const STORE_VERSION = 1;

/** The content of `store.json`. It is strict, so that a file of another program is not mistaken for ours. */
const markerSchema = z.strictObject({ version: z.int().positive(), id: z.string().regex(UUID).optional() });
type Marker = z.infer<typeof markerSchema>;
/** A marker as a newer version may write it. */
const newerSchema = z.looseObject({ version: z.int().positive(), id: z.string().regex(UUID) });

/** The largest size of either file that is read, in bytes. */
const MAX_BYTES = 64 * 1024;
const OCI_LAYOUT = jsonFile(
  z.looseObject({ imageLayoutVersion: z.string() }),
  ['{"imageLayoutVersion":'],
  MAX_BYTES,
);

/** Names that systems and their file managers put into folders or the root of a disk, as opposed to a person's files. */
const OF_THE_SYSTEM = new Set([
  '.DS_Store',
  '.Spotlight-V100',
  '.Trashes',
  '.fseventsd',
  '.TemporaryItems',
  '$RECYCLE.BIN',
  'System Volume Information',
  'Thumbs.db',
  'desktop.ini',
  '.directory',
  'lost+found',
]);
/** The folder in which the extension keeps its own small things, beside a store in the same place. */
export const NEIGHBOR = '.oci-models';
/** The temporary name of a marker while it is written; a killed process may leave it behind. */
const NEW_MARKER = /^\.store-[0-9a-f-]{36}$/;

/** The subfolder that is suggested in a folder with other files. */
const SUBFOLDER = 'oci-models';

/** The error of a folder that cannot become a store, so that another one has to be chosen. */
export class StoreFolderError extends ModelError {
  constructor(message: Localized, options?: { readonly cause: unknown }) {
    super('store-error', message, options);
  }
}

/** The error of a folder that cannot become a store, because other files are in it. */
export class FolderInUseError extends StoreFolderError {
  /** A subfolder that can become a store. */
  readonly suggestedFolder: string;

  constructor(folder: string, found: string, suggestedFolder: string) {
    const message = t(
      '{0} has other files in it (such as {1}), so models are not kept there. Use {2}, or choose an empty folder with the setting ociModels.storePath.',
      folder,
      found,
      suggestedFolder,
    );
    super(message);
    this.suggestedFolder = suggestedFolder;
  }
}

/**
 * Makes a folder a store, or checks that this version can use it, and sets the id of `layout`.
 * @throws ModelError `store-error` for a store of a newer version; {@link FolderInUseError} for a folder with other files.
 */
export async function prepareStore(layout: Layout, log: Log): Promise<void> {
  await makeRoot(layout.root);
  await warnOfOthers(layout.root, log);
  const marker = (await readMarker(layout)) ?? (await makeMarker(layout));
  layout.id = marker.id;
  for (const folder of [layout.ingests, layout.refs, layout.blobs, layout.models]) {
    await requireNoLink(folder);
    await makeFolder(layout.root, folder);
  }
  for (const folder of [layout.quarantine, layout.records, layout.leases, layout.unpackedLayers]) {
    await isFolder(folder);
  }
  if (marker.id === undefined) await upgrade(layout, marker, log);
  await makeOciLayout(layout, log);
}

/** Writes `oci-layout`. Only other tools need it, so a foreign file in its place stays. */
async function makeOciLayout(layout: Layout, log: Log): Promise<void> {
  const found = await findSmall(layout.ociLayout, OCI_LAYOUT);
  if (found.state === 'ours') return;
  if (found.state === 'foreign')
    return log.warn(`Other tools do not know this folder for an OCI layout: ${found.error.message}`);
  const content = `${JSON.stringify({ imageLayoutVersion: '1.0.0' })}\n`;
  await writeAtomically(layout.ociLayout, content, layout.temporary());
}

/** Refuses a folder that is a link. Version 0.1.0 followed links, so its target may have the content of the store. */
async function requireNoLink(folder: string): Promise<void> {
  const status = await guarded('read', folder, () => ifPresent(lstat(folder)));
  if (status?.isSymbolicLink() !== true) return;
  const message = t(
    '{0} is a link that OCI Models did not make and does not follow, so the store is not used and nothing was changed. Replace the link with the folder itself; to use another disk, set ociModels.storePath to a folder there.',
    folder,
  );
  throw new ModelError('store-error', message);
}

/** Tells whether the folder has a store, without making one. @throws ModelError `store-error`. */
export async function isStore(root: string): Promise<boolean> {
  const layout = new Layout(root);
  const text = await markerText(layout);
  const marker = typeof text === 'string' ? parseMarker(text) : undefined;
  return marker !== undefined && (marker.id !== undefined || (await isOlderStore(layout)));
}

/** Sets the id of a `layout` whose store is already prepared. */
export async function identify(layout: Layout): Promise<void> {
  layout.id ??= (await readMarker(layout))?.id;
}

/** Makes the store's folder. It may be a link, because the user chose where it leads. */
async function makeRoot(root: string): Promise<void> {
  try {
    await makeFolderAt(root);
  } catch (error) {
    if (!isModelError(error, 'store-error')) throw error;
    // Its message was localized when it was created.
    throw new StoreFolderError(asLocalized(error.message), { cause: error });
  }
}

async function makeFolderAt(root: string): Promise<void> {
  const before = await guarded('read', root, () => ifPresent(lstat(root)));
  if (before?.isSymbolicLink() === true) await requireTarget(root);
  const status = await guarded('read', root, () => ifPresent(stat(root)));
  if (status === undefined) {
    const first = await guarded('created', root, () => makeWithParents(root));
    if (first !== undefined) await guarded('created', root, () => syncDirectory(dirname(first)));
  } else if (!status.isDirectory()) {
    const message = t(
      '{0} is a file, so models cannot be kept there. Choose a folder with the setting ociModels.storePath.',
      root,
    );
    throw new ModelError('store-error', message);
  }
}

/**
 * Makes a folder and those above it. The recursive `mkdir` of Node.js never ends where the folder above exists and
 * nothing can be made in it, as in `/proc`.
 * @returns the first folder that was made, undefined if all were there.
 */
async function makeWithParents(folder: string): Promise<string | undefined> {
  try {
    return await made(folder);
  } catch (error) {
    const above = dirname(folder);
    if (systemErrorCode(error) !== 'ENOENT' || above === folder) throw error;
    const first = await makeWithParents(above);
    const last = await made(folder);
    return first ?? last;
  }
}

/** Makes one folder. @returns it, or undefined if it is there already. */
async function made(folder: string): Promise<string | undefined> {
  try {
    await mkdir(folder);
    return folder;
  } catch (error) {
    const isThere = systemErrorCode(error) === 'EEXIST' && (await stat(folder)).isDirectory();
    if (!isThere) throw error;
    return undefined;
  }
}

/** Folders of which this process has already warned. */
const told = new Set<string>();

/** Warns if other users may write to the store and so could replace a model. Windows has neither owner nor mode. */
async function warnOfOthers(root: string, log: Log): Promise<void> {
  const { uid, mode } = await guarded('read', root, () => stat(root));
  const own = process.getuid?.();
  if (own === undefined || told.has(root)) return;
  const others = uid !== own && uid !== 0 ? 'belongs to another user' : 'may be written by other users';
  // Write permission for the group alone is common, because many systems give each user a group of their own.
  if ((uid === own || uid === 0) && (mode & 0o002) === 0) return;
  told.add(root);
  log.warn(
    `The folder of models ${root} ${others}, who could put other content into it. Models are verified again where their files changed; choose a folder of your own with the setting ociModels.storePath.`,
  );
}

async function requireTarget(root: string): Promise<void> {
  if ((await guarded('read', root, () => ifPresent(realpath(root)))) !== undefined) return;
  const message = t(
    '{0} is a link to a folder that does not exist. Connect its drive, or choose another folder with the setting ociModels.storePath.',
    root,
  );
  throw new ModelError('store-error', message);
}

/**
 * @throws ModelError `store-error` for a store of a newer version, and for one whose marker is damaged;
 * {@link FolderInUseError} if `store.json` belongs to another program.
 */
async function readMarker(layout: Layout): Promise<Marker | undefined> {
  const text = await markerText(layout);
  if (text === undefined) return undefined;
  const marker = text === 'foreign' ? undefined : parseMarker(text);
  if (marker !== undefined && marker.version > STORE_VERSION) {
    const message = t(
      'The model store {0} was made by a newer version of OCI Models. Update the extension, or choose another folder with the setting ociModels.storePath.',
      layout.root,
    );
    throw new ModelError('store-error', message);
  }
  if (marker?.id !== undefined) return marker;
  const isOlder = await isOlderStore(layout);
  if (marker !== undefined && isOlder) return marker;
  if (isOlder) {
    const message = t(
      '{0} is damaged, so the models in that folder are not used and nothing was changed. Restore the file from a backup, or choose another folder with the setting ociModels.storePath.',
      layout.version,
    );
    throw new ModelError('store-error', message);
  }
  throw new FolderInUseError(layout.root, basename(layout.version), await subfolderOf(layout.root));
}

/** Returns the text of `store.json`, `foreign` if that is not a plain file, or undefined if there is none. */
async function markerText({ version }: Layout): Promise<string | undefined> {
  const status = await guarded('read', version, () => ifPresent(lstat(version)));
  if (status === undefined) return undefined;
  if (!status.isFile()) return 'foreign';
  return guarded('read', version, () => readText(version, MAX_BYTES));
}

function parseMarker(text: string): Marker | undefined {
  try {
    const content: unknown = JSON.parse(text);
    const { data } = markerSchema.safeParse(content);
    if (data !== undefined) return data;
    const newer = newerSchema.safeParse(content).data;
    return newer !== undefined && newer.version > STORE_VERSION ? newer : undefined;
  } catch {
    return undefined; // the caller reports the damage
  }
}

/** The folders that version 0.1.0 made before its marker. */
const OLDER_FOLDERS = ['ingest', 'refs', 'blobs', 'models'];

/**
 * Tells whether version 0.1.0, which gave its stores no id, made a store here. Such a store has a layout and references
 * beside its content or, if the process was killed while it made the store, nothing but empty folders.
 */
async function isOlderStore(layout: Layout): Promise<boolean> {
  const names = await guarded('read', layout.root, () => readdir(layout.root));
  const refs = await guarded('read', layout.refs, () => ifPresent(lstat(layout.refs)));
  if (refs?.isDirectory() !== true) return false;
  if ((await readSmall(layout.ociLayout, OCI_LAYOUT)) !== undefined)
    return names.includes('blobs') && names.includes('models');
  const ours = [basename(layout.version), NEIGHBOR];
  const others = names.filter((name) => !ours.includes(name) && !isOfTheSystem(name));
  if (!others.every((name) => OLDER_FOLDERS.includes(name))) return false;
  for (const name of others) {
    const folder = join(layout.root, name);
    if (!(await isFolder(folder))) return false;
    if ((await guarded('read', folder, () => readdir(folder))).length > 0) return false;
  }
  return true;
}

/** Makes an empty folder a store. It is ours once it has the marker, even if this process is killed a moment later. */
async function makeMarker(layout: Layout): Promise<Marker> {
  const found = await firstForeignName(layout.root);
  if (found !== undefined) {
    // Another process may just have made the store.
    const marker = await readMarker(layout);
    if (marker !== undefined) return marker;
    throw new FolderInUseError(layout.root, found, await subfolderOf(layout.root));
  }
  const marker: Marker = { version: STORE_VERSION, id: randomUUID() };
  const temporary = join(layout.root, `.store-${randomUUID()}`);
  await writeMarker(temporary, marker);
  try {
    await guarded('created', layout.version, () => giveName(temporary, layout.version, marker));
  } finally {
    await guarded('removed', temporary, () => rm(temporary, { force: true }));
  }
  await guarded('created', layout.version, () => syncDirectory(layout.root));
  // Another process may have been faster, and its marker counts.
  return (await readMarker(layout)) ?? marker;
}

async function writeMarker(path: string, marker: Marker): Promise<void> {
  await guarded('written', path, async () => {
    const handle = await open(path, 'wx');
    try {
      await handle.writeFile(`${JSON.stringify(marker)}\n`);
      await syncFile(handle, path);
    } finally {
      await handle.close();
    }
  });
}

/** Names the marker unless there is one. */
async function giveName(temporary: string, path: string, marker: Marker): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    const code = systemErrorCode(error) ?? '';
    if (code === 'EEXIST') return;
    if (!NO_HARD_LINK.includes(code)) throw error;
    await writeMarker(path, marker);
  }
}

/** Returns the first name in a folder that a person or another program made, or undefined if there is none. */
async function firstForeignName(folder: string): Promise<string | undefined> {
  const names = await guarded('read', folder, () => readdir(folder));
  return names.filter((name) => !isOfTheSystem(name) && name !== NEIGHBOR).sort()[0];
}

function isOfTheSystem(name: string): boolean {
  return OF_THE_SYSTEM.has(name) || /^\.Trash-\d+$/.test(name) || NEW_MARKER.test(name);
}

/** Finds a subfolder of `root` that is a store or can become one. */
async function subfolderOf(root: string): Promise<string> {
  const name = basename(root) === SUBFOLDER ? 'models' : SUBFOLDER;
  for (let count = 1; ; count++) {
    const folder = join(root, count === 1 ? name : `${name}-${count}`);
    const status = await guarded('read', folder, () => ifPresent(lstat(folder)));
    if (status === undefined) return folder;
    if (!status.isDirectory()) continue;
    if ((await isStore(folder)) || (await firstForeignName(folder)) === undefined) return folder;
  }
}

/**
 * Gives a store of an older version its id. The files of that version have no records. A model's records are made when
 * it is used, verified or removed, from its reference and from content with the right digest; files that no reference
 * names stay where they are.
 */
async function upgrade(layout: Layout, marker: Marker, log: Log): Promise<void> {
  const next = { ...marker, id: randomUUID() };
  const temporary = join(layout.root, `.store-${randomUUID()}`);
  try {
    await writeMarker(temporary, next);
    await guarded('written', layout.version, () => renameFile(temporary, layout.version));
  } catch (error) {
    const code = error instanceof ModelError ? (systemErrorCode(error.cause) ?? '') : '';
    if (!['EACCES', 'EPERM', 'EROFS'].includes(code)) throw error;
    log.warn(`The model store ${layout.root} is of an older version and may only be read: ${String(error)}`);
    return;
  }
  await guarded('written', layout.version, () => syncDirectory(layout.root));
  // If two processes do this at once, the id of the last one counts.
  layout.id = (await readMarker(layout))?.id;
  if (!(await hasOtherTool(layout))) await recordOlder(layout, Date.now());
}

/** Names of Docker Model Runner and Ollama, which keep content in `blobs/` too. */
const OF_TOOLS = ['models.json', 'layout.json', 'manifests', 'models/blobs', 'models/manifests'];

/** Tells whether another tool may have content of its own in the folder. */
async function hasOtherTool({ root, blobs }: Layout): Promise<boolean> {
  for (const name of OF_TOOLS) {
    const path = join(root, name);
    if ((await guarded('read', path, () => ifPresent(lstat(path)))) !== undefined) return true;
  }
  const names = await guarded('read', blobs, () => readdir(blobs));
  return names.some((name) => !/^sha\d+$/.test(name) && !isOfTheSystem(name));
}
