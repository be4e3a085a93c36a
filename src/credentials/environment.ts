/** The machine as this room sees it. Tests make up one of their own. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where logins and helpers are looked for. */
export interface CredentialEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder. */
  readonly home: string;
  readonly platform: NodeJS.Platform;
  /** The user's number; absent on Windows. */
  readonly uid?: number | undefined;
  /** Put before the absolute paths of the system that this room knows; empty but in tests. */
  readonly root?: string | undefined;
}

/** This process's environment. */
export function thisEnvironment(): CredentialEnvironment {
  return { env: process.env, home: homedir(), platform: process.platform, uid: process.getuid?.() };
}

/** A variable that is set to something. */
export function variable({ env }: CredentialEnvironment, name: string): string | undefined {
  return env[name] || undefined;
}

/** A path of the system, below the environment's root. */
export function systemPath({ root }: CredentialEnvironment, path: string): string {
  return root === undefined || root === '' ? path : join(root, path);
}
