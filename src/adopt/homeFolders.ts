/** Describes the machine that is searched for models of other tools. */
import { homedir } from 'node:os';

/** The facts that decide where other tools keep their files. */
export interface Machine {
  /** The user's home folder. */
  readonly home: string;
  readonly platform: NodeJS.Platform;
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The root of system-wide folders. Defaults to `/`. */
  readonly root?: string | undefined;
}

/** Describes the machine that this program runs on. */
export function thisMachine(): Machine {
  return { home: homedir(), platform: process.platform, env: process.env };
}

/** Removes undefined, empty and duplicate folders. */
export function distinctFolders(folders: readonly (string | undefined)[]): string[] {
  return [...new Set(folders.filter((folder) => folder !== undefined && folder.trim() !== ''))] as string[];
}
