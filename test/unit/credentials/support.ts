/** A made-up machine for tests of logins: a home folder, variables, and helpers that are shell scripts. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CredentialEnvironment } from '../../../src/credentials/environment.ts';

/** A machine in a temporary folder. */
export interface Machine {
  readonly folder: string;
  readonly home: string;
  readonly environment: CredentialEnvironment;
  /** Writes a file below the folder. */
  write(path: string, content: unknown): Promise<string>;
  /** A helper on the PATH: `script` is what /bin/sh runs. */
  helper(name: string, script: string, folder?: string): Promise<string>;
  remove(): Promise<void>;
}

/** @param env variables; `~` in a value is the machine's home folder. */
export async function makeMachine(
  env: Readonly<Record<string, string>> = {},
  platform: NodeJS.Platform = 'linux',
): Promise<Machine> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-logins-'));
  const home = join(folder, 'home');
  await mkdir(home);
  const values = Object.entries(env).map(([name, value]) => [name, value.replace(/^~/, home)]);
  const environment: CredentialEnvironment = {
    env: { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, ...Object.fromEntries(values) },
    home,
    platform,
    uid: 1000,
    root: join(folder, 'root'),
  };
  const write = async (path: string, content: unknown): Promise<string> => {
    const whole = join(folder, path);
    await mkdir(dirname(whole), { recursive: true });
    await writeFile(whole, typeof content === 'string' ? content : JSON.stringify(content));
    return whole;
  };
  return {
    folder,
    home,
    environment,
    write,
    async helper(name, script, below = 'bin') {
      const path = await write(join(below, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`);
      await chmod(path, 0o755);
      return path;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** base64 of `user:password`, as in an entry's `auth`. */
export function authOf(username: string, password: string): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}
