/** The search for the program of a credential helper, on the PATH and in folders that a GUI's PATH lacks. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join, posix, win32 } from 'node:path';
import { type CredentialEnvironment, systemPath, variable } from './environment.ts';

const HELPER_NAME = /^[A-Za-z0-9._-]{1,64}$/;

/** Tells whether `name` may follow `docker-credential-`: it must not contain a path or anything for a shell. */
export function isHelperName(name: string): boolean {
  return HELPER_NAME.test(name);
}

/** Folders of the system in which Docker, podman, Homebrew and cloud tools put helpers. */
const SYSTEM_FOLDERS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: [
    '/usr/local/bin',
    '/opt/homebrew/bin',
    '/opt/podman/bin',
    '/Applications/Docker.app/Contents/Resources/bin',
    '/opt/local/bin',
    '/usr/bin',
  ],
  linux: [
    '/usr/local/bin',
    '/usr/bin',
    '/snap/bin',
    '/home/linuxbrew/.linuxbrew/bin',
    '/usr/lib/google-cloud-sdk/bin',
    // For WSL: Docker Desktop's helper is a Windows program.
    '/mnt/c/Program Files/Docker/Docker/resources/bin',
    '/mnt/wsl/docker-desktop/cli-tools/usr/bin',
  ],
};

const HOME_FOLDERS = ['.docker/bin', '.local/bin', 'bin', 'google-cloud-sdk/bin'];

function windowsFolders(environment: CredentialEnvironment): string[] {
  const programs = variable(environment, 'ProgramFiles') ?? 'C:\\Program Files';
  return [win32.join(programs, 'Docker', 'Docker', 'resources', 'bin')];
}

/**
 * Returns the folders to search, those of the PATH first. Relative ones are left out, so that a helper is never run
 * from the open folder.
 */
export function helperFolders(environment: CredentialEnvironment): string[] {
  const { platform, home } = environment;
  const onWindows = platform === 'win32';
  const separator = onWindows ? win32.delimiter : platform === process.platform ? delimiter : posix.delimiter;
  const path = (variable(environment, 'PATH') ?? variable(environment, 'Path') ?? '').split(separator);
  const system = onWindows
    ? windowsFolders(environment)
    : (SYSTEM_FOLDERS[platform] ?? []).map((folder) => systemPath(environment, folder));
  const own = HOME_FOLDERS.map((folder) => join(home, folder));
  return [...new Set([...path.filter((folder) => isAbsolute(folder)), ...system, ...own])];
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    // It is missing, or not executable for this user. The next folder may have it.
    return false;
  }
}

/**
 * Returns the path of `docker-credential-<name>`, or undefined. Windows and WSL also have it as `.exe`.
 * @param name accepted by {@link isHelperName}.
 */
export async function findHelper(
  name: string,
  environment: CredentialEnvironment,
): Promise<string | undefined> {
  const program = `docker-credential-${name}`;
  const { platform } = environment;
  const names = platform === 'win32' ? [`${program}.exe`] : [program];
  if (platform === 'linux') names.push(`${program}.exe`);
  for (const folder of helperFolders(environment)) {
    for (const file of names) {
      const path = join(folder, file);
      if (await isProgram(path)) return path;
    }
  }
  return undefined;
}
