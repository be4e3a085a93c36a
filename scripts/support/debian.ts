/** Programs that come from the operating system's packages. */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runProgram } from './process.ts';

/** A program and the Debian package that has it. */
export interface SystemProgram {
  readonly program: string;
  readonly package: string;
  /** Other names of the same program on other systems. */
  readonly aliases?: readonly string[];
}

export const CHROMIUM: SystemProgram = {
  program: 'chromium',
  package: 'chromium',
  aliases: [
    'chromium-browser',
    'google-chrome',
    'google-chrome-stable',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
};
export const DOCKER_REGISTRY: SystemProgram = { program: 'docker-registry', package: 'docker-registry' };
export const SKOPEO: SystemProgram = { program: 'skopeo', package: 'skopeo' };
/** Builds container images without a daemon. */
export const BUILDAH: SystemProgram = { program: 'buildah', package: 'buildah' };
/** Makes the certificates of the tests. */
export const OPENSSL: SystemProgram = { program: 'openssl', package: 'openssl' };
export const NGINX: SystemProgram = {
  program: 'nginx',
  package: 'nginx-light',
  // Not every user has the sbin folders on the PATH.
  aliases: ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/opt/homebrew/bin/nginx'],
};

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path of a program, or undefined where it is not installed. */
export function findProgram(wanted: SystemProgram): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  for (const name of [wanted.program, ...(wanted.aliases ?? [])]) {
    const candidates = name.startsWith('/') ? [name] : folders.map((folder) => join(folder, name));
    const found = candidates.find(isExecutable);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * Installs what is missing with apt-get where this is Debian and the user is root.
 * @throws Error with the command to run where that is not so, or apt-get failed.
 */
export async function ensurePrograms(wanted: readonly SystemProgram[]): Promise<void> {
  const missing = wanted.filter((program) => findProgram(program) === undefined);
  if (missing.length === 0) return;
  const packages = missing.map((program) => program.package);
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(
      `These programs are needed and not installed: ${packages.join(', ')}. On Debian or Ubuntu run: sudo ${command}`,
    );
  }
  console.log(`Installing Debian packages: ${packages.join(', ')}…`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const args = ['install', '-y', '-qq', '--no-install-recommends', ...packages];
  let result = await runProgram('apt-get', args, { env });
  if (result.code !== 0) {
    await runProgram('apt-get', ['update', '-qq'], { env });
    result = await runProgram('apt-get', args, { env });
  }
  if (result.code !== 0) {
    throw new Error(`“${command}” failed:\n${result.output.split('\n').slice(-15).join('\n')}`);
  }
}
