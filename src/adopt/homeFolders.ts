/** The machine that is searched. */
import { homedir } from 'node:os';

/** What decides where other tools keep their files. */
export interface Machine {
  /** The user's home folder. */
  readonly home: string;
  readonly platform: NodeJS.Platform;
  /** Environment variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where folders of the whole system begin; `/` where absent. */
  readonly root?: string | undefined;
}

/** The machine that this program runs on. */
export function thisMachine(): Machine {
  return { home: homedir(), platform: process.platform, env: process.env };
}

/** Folders without those that are undefined, empty or there twice. */
export function distinctFolders(folders: readonly (string | undefined)[]): string[] {
  return [...new Set(folders.filter((folder) => folder !== undefined && folder.trim() !== ''))] as string[];
}
