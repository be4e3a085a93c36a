/** The machine as the sources of logins see it. Tests make up their own. */
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The places of logins and helpers. */
export interface CredentialEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder. */
  readonly home: string;
  readonly platform: NodeJS.Platform;
  /** The user's number; undefined on Windows. */
  readonly uid?: number | undefined;
  /** Prefix of the system's absolute paths; empty except in tests. */
  readonly root?: string | undefined;
}

/** Returns this process's environment. */
export function thisEnvironment(): CredentialEnvironment {
  return { env: process.env, home: homedir(), platform: process.platform, uid: process.getuid?.() };
}

/** Returns a variable, or undefined if it is unset or empty. */
export function variable({ env }: CredentialEnvironment, name: string): string | undefined {
  return env[name] || undefined;
}

/** Returns a path of the system below the environment's root. */
export function systemPath({ root }: CredentialEnvironment, path: string): string {
  return root === undefined || root === '' ? path : join(root, path);
}
