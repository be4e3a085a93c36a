/** How an engine starts its process, and what it loads. */
import type { Log } from '../../base/log.ts';
import type { LoadSettings } from '../../inference/index.ts';
import type { SpareHosts } from './process/spareHosts.ts';

/** How to start the host process. */
export interface ProcessEngineOptions {
  /** Absolute path of the host's entry point: `dist/engineHost.mjs`, or `src/engine/llama/host/main.ts` from source. */
  readonly hostPath: string;
  /** The Node.js (or Electron) binary that runs the host. Defaults to that of this process. */
  readonly execPath?: string | undefined;
  /** Added to the host's environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Absolute path of the folder below which states of conversations are saved. Defaults to not saving any. */
  readonly stateFolder?: string | undefined;
  /** Absolute path of a folder for compiled code. Defaults to none. */
  readonly codeFolder?: string | undefined;
  /** Where processes come from that are started ahead. Defaults to none. */
  readonly spares?: SpareHosts | undefined;
  /** Private folder in which windows find each other's processes; see `doors.ts`. Defaults to not sharing any. */
  readonly doorFolder?: string | undefined;
  readonly log?: Log | undefined;
}

/** Everything needed to load the same model in a new process. */
export interface Recipe extends LoadSettings {
  readonly modelPath: string;
}
