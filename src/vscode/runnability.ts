/**
 * Finds out why a model does not run here: its format, the kind of its file, or an architecture unknown to llama.cpp.
 */
import type * as vscode from 'vscode';
import { weightsOf } from '../artifact/index.ts';
import { t } from '../base/l10n.ts';
import type { Log } from '../base/log.ts';
import type { Inspection } from '../catalog/index.ts';
import { Architectures, unknownArchitecture } from '../engine/index.ts';
import { kindReason, missingPartsReason } from '../gguf/index.ts';

const MEMORY_KEY = 'architectures';

/** Remembers which architectures llama.cpp knows, for the version that comes with this extension. */
export function openArchitectures(
  { extension, globalState }: Pick<vscode.ExtensionContext, 'extension' | 'globalState'>,
  hostPath: string,
  log: Log,
): Architectures {
  const manifest: { readonly version?: unknown; readonly dependencies?: Record<string, unknown> } =
    extension.packageJSON;
  return new Architectures({
    hostPath,
    log,
    libraryVersion: `${manifest.version} ${manifest.dependencies?.['node-llama-cpp']}`,
    memory: {
      get: () => globalState.get(MEMORY_KEY),
      set: (value) => void globalState.update(MEMORY_KEY, value),
    },
  });
}

/** The part of {@link Architectures} that is needed here. */
export type ArchitectureQuery = Pick<Architectures, 'knows'>;

/** Returns one sentence, or undefined if a model runs here or too little is known about it. */
export async function whyNotHere(
  { artifact, description, isUnusable }: Inspection,
  architectures: ArchitectureQuery | undefined,
): Promise<string | undefined> {
  if (artifact.reason !== undefined) return artifact.reason;
  if (isUnusable === true) return t('Not runnable here: its file is not a usable GGUF model.');
  if (description === undefined) return undefined;
  if (description.kind !== undefined) return kindReason(description.kind);
  // More files may be in an archive.
  const isAll = artifact.archives.length === 0;
  const missing = isAll ? missingPartsReason(description.splitCount, weightsOf(artifact).length) : undefined;
  if (missing !== undefined) return missing;
  const isKnown = await architectures?.knows(description.architecture);
  return isKnown === false ? unknownArchitecture(description.architecture) : undefined;
}
