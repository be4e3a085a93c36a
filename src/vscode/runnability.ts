/** Why a model that is looked at does not run here: its format, what its file is, or an architecture llama.cpp lacks. */
import type * as vscode from 'vscode';
import { t } from '../base/l10n.ts';
import type { Log } from '../base/log.ts';
import type { Inspection } from '../catalog/index.ts';
import { Architectures, unknownArchitecture } from '../engine/index.ts';
import { kindReason } from '../gguf/index.ts';

const MEMORY_KEY = 'architectures';

/** What llama.cpp knows, remembered for the version of it that this extension has with it. */
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

/** What is asked of the engine. */
export type ArchitectureQuery = Pick<Architectures, 'knows'>;

/** One sentence; undefined for a model that runs here, and for one of which too little is known. */
export async function whyNotHere(
  { artifact, description, isUnusable }: Inspection,
  architectures: ArchitectureQuery | undefined,
): Promise<string | undefined> {
  if (artifact.reason !== undefined) return artifact.reason;
  if (isUnusable === true) return t('Not runnable here: its file is not a GGUF model that can be run.');
  if (description === undefined) return undefined;
  if (description.kind !== undefined) return kindReason(description.kind);
  const isKnown = await architectures?.knows(description.architecture);
  return isKnown === false ? unknownArchitecture(description.architecture) : undefined;
}
