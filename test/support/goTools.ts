/**
 * Programs of other projects that are written in Go: built from their modules into a cache outside the checkout.
 * Go checks every module against its checksum database.
 */

import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from '../../scripts/support/debian.ts';
import { type Finished, runProgram } from '../../scripts/support/process.ts';

/** Built programs and what they are built from. */
export const INTEROP_CACHE = join(homedir(), '.cache', 'oci-models-interop');

/** Where a program comes from. */
interface Source {
  readonly module: string;
  readonly version: string;
  /** The folder of its main package inside the module. */
  readonly main: string;
  readonly tags?: string;
}

/** Each program, with the source that is wanted most first; a module proxy may not have every version. */
const TOOLS = {
  crane: [{ module: 'github.com/google/go-containerregistry', version: 'v0.22.1', main: 'cmd/crane' }],
  regctl: [{ module: 'github.com/regclient/regclient', version: 'v0.11.7', main: 'cmd/regctl' }],
  oras: [
    { module: 'oras.land/oras', version: 'v1.3.0', main: 'cmd/oras' },
    { module: 'oras.land/oras', version: 'v1.2.3', main: 'cmd/oras' },
  ],
  // Docker's packager of model-spec v0.1.
  mdltool: [{ module: 'github.com/docker/model-runner', version: 'v1.0.10', main: 'cmd/mdltool' }],
  zot: [
    {
      module: 'zotregistry.dev/zot/v2',
      version: 'v2.1.8',
      main: 'cmd/zot',
      tags: 'containers_image_openpgp',
    },
    // Its own path is not that of the repository, so that only building inside the module works.
    {
      module: 'github.com/project-zot/zot',
      version: 'v1.4.3',
      main: 'cmd/zot',
      tags: 'containers_image_openpgp',
    },
  ],
} as const satisfies Readonly<Record<string, readonly Source[]>>;

export type GoTool = keyof typeof TOOLS;

/** Names of all programs. */
export const GO_TOOLS = Object.keys(TOOLS) as readonly GoTool[];

function builtPath(tool: GoTool, { version }: Source): string {
  return join(INTEROP_CACHE, 'bin', `${tool}-${version}`);
}

/** The path of a program that was built before, or undefined. */
export function findGoTool(tool: GoTool): string | undefined {
  return TOOLS[tool].map((source) => builtPath(tool, source)).find((path) => existsSync(path));
}

/** Whether Go is on this machine. */
export function goProgram(): string | undefined {
  return findProgram({ program: 'go', package: 'golang', aliases: ['/usr/local/go/bin/go'] });
}

/** Two compilers at once are enough: others may use this machine. */
function run(go: string, args: readonly string[], cwd: string): Promise<Finished> {
  const env = { ...process.env, GOMAXPROCS: '2', CGO_ENABLED: '0', GOWORK: 'off' };
  return runProgram(go, args, { cwd, env });
}

/**
 * Builds one source: the module is downloaded and its main package built inside a copy of it, which honours the
 * module's own replacements. `go install` refuses modules that have any.
 * @throws Error with what Go said.
 */
async function build(go: string, tool: GoTool, source: Source): Promise<void> {
  const { module, version, main, tags } = source as Source;
  await mkdir(join(INTEROP_CACHE, 'bin'), { recursive: true });
  const downloaded = await run(go, ['mod', 'download', '-json', `${module}@${version}`], INTEROP_CACHE);
  const folder = /"Dir": "([^"]+)"/.exec(downloaded.output)?.[1];
  if (folder === undefined) {
    throw new Error(/"Error": "([^"]*)"/.exec(downloaded.output)?.[1] ?? downloaded.output.slice(-500));
  }
  const copy = join(INTEROP_CACHE, 'src', `${tool}-${version}`);
  await rm(copy, { recursive: true, force: true });
  await cp(folder, copy, { recursive: true });
  // Go's module cache is read-only, and go.sum may have to be completed.
  await runProgram('chmod', ['-R', 'u+w', copy]);
  const path = builtPath(tool, source);
  const args = [
    'build',
    '-trimpath',
    '-mod=mod',
    ...(tags === undefined ? [] : ['-tags', tags]),
    '-o',
    `${path}.new`,
  ];
  const built = await run(go, [...args, `./${main}`], copy);
  if (built.code !== 0) throw new Error(built.output.split('\n').slice(-6).join('\n'));
  await rename(`${path}.new`, path);
  await rm(copy, { recursive: true, force: true });
}

/**
 * Builds a program where it is not there yet.
 * @param say gets one line for each thing that takes long, or fails.
 * @returns its path, or undefined where no source of it could be built.
 */
export async function ensureGoTool(
  tool: GoTool,
  go: string,
  say: (line: string) => void,
): Promise<string | undefined> {
  const found = findGoTool(tool);
  if (found !== undefined) return found;
  for (const source of TOOLS[tool]) {
    say(`Building ${tool} ${source.version} with Go; this is done once…`);
    try {
      await build(go, tool, source);
      return builtPath(tool, source);
    } catch (error) {
      say(
        `${tool} ${source.version} cannot be built: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  return undefined;
}
