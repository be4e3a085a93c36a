/**
 * A real VS Code in the browser: the server part of the npm package code-server (VS Code 1.139.1), installed on
 * demand below `.vscode-test/` without a compiler and without install scripts.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CACHE } from './paths.ts';
import { endProcess, freePort, runProgram } from './process.ts';

const VERSION = '4.139.1';
/** Of what is done to the server after installing it; another number has it installed again. */
const REVISION = 2;
const HOME = join(CACHE, `code-server-${VERSION}-${REVISION}`);
const SERVER = join(HOME, 'package', 'lib', 'vscode');

async function npm(args: readonly string[], cwd: string): Promise<string> {
  const executable = process.env['npm_execpath'];
  const result =
    executable === undefined
      ? await runProgram('npm', args, { cwd })
      : await runProgram(process.execPath, [executable, ...args], { cwd });
  if (result.code !== 0) throw new Error(`npm ${args[0]} failed:\n${result.output.slice(-2000)}`);
  return result.output;
}

/** The bundles in which code-server answers yes to every API proposal, the workbench's and the extension host's. */
const PROPOSAL_CHECKS = [
  'vs/code/browser/workbench/workbench.js',
  'vs/workbench/api/node/extensionHostProcess.js',
];

/**
 * Puts VS Code's own check of API proposals back, which code-server replaces by “always allowed”: without it an
 * extension that uses a proposal passes here and fails in every stock VS Code.
 * @param folder of VS Code's server.
 * @throws Error if a bundle is not as it is in {@link VERSION}.
 */
async function restoreProposalChecks(folder: string): Promise<void> {
  const always =
    /(function (\w+)\((\w+),(\w+)\)\{)return!0(\}function \w+\(\w+,\w+\)\{if\(!\2\(\w+,\w+\)\)throw new Error\(`Extension '[^`]*CANNOT use API proposal)/g;
  const check = '$1return $3.isBuiltin||!!$3.enabledApiProposals?.some(p=>p.split("@")[0]===$4)$5';
  for (const bundle of PROPOSAL_CHECKS) {
    const path = join(folder, 'out', bundle);
    const text = await readFile(path, 'utf8');
    const found = text.match(always)?.length ?? 0;
    if (found !== 1)
      throw new Error(`${found} checks of API proposals in ${bundle} of code-server, not one.`);
    await writeFile(path, text.replace(always, check));
  }
}

/** Installs VS Code's server where it is not there yet; about 15 s and 600 MB. */
export async function ensureCodeServer(): Promise<void> {
  if (existsSync(join(SERVER, 'out', 'server-main.js'))) return;
  if (process.platform === 'win32') {
    throw new Error('code-server does not run on Windows. Install VS Code so that `code` is on the PATH.');
  }
  console.log(`Installing code-server ${VERSION}…`);
  await mkdir(CACHE, { recursive: true });
  const staging = await mkdtemp(join(CACHE, 'installing-'));
  try {
    await npm(['pack', `code-server@${VERSION}`, '--silent'], staging);
    const archive = `code-server-${VERSION}.tgz`;
    const untar = await runProgram('tar', ['xzf', archive, 'package/lib/vscode'], { cwd: staging });
    if (untar.code !== 0) throw new Error(`The archive of code-server cannot be read: ${untar.output}`);
    await rm(join(staging, archive));
    const folder = join(staging, 'package', 'lib', 'vscode');
    // The second one brings TypeScript, without which VS Code complains at the first .ts file.
    for (const part of [folder, join(folder, 'extensions')]) {
      await npm(['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], part);
    }
    await restoreProposalChecks(folder);
    await rename(staging, HOME);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw error;
  }
}

/** How the server is started. */
export interface CodeServerOptions {
  /** The folder that is opened. */
  readonly workspace: string;
  /** A folder with the extension's package.json: installed by a link, or loaded for its `tests`. */
  readonly extension?: string;
  /** A VSIX that is installed instead. */
  readonly vsix?: string;
  /** A module that exports `run()`, loaded in the extension host. */
  readonly tests?: string;
  /** User settings. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Added to the environment of the server and of its extension host. */
  readonly env?: Readonly<Record<string, string>>;
  /** Keeps settings and extensions there; a new temporary folder, removed at the end, where absent. */
  readonly dataDir?: string;
  readonly port?: number;
}

/** A running server. */
export interface CodeServer {
  /** Opens the workspace with the extension. */
  readonly url: string;
  readonly dataDir: string;
  /** What the server printed so far. */
  output(): string;
  close(): Promise<void>;
}

/** Makes a folder an installed extension, as `code --install-extension` would, without copying it. */
async function linkExtension(dataDir: string, extension: string): Promise<void> {
  const link = join(dataDir, 'extensions', 'oci-models.oci-models-checkout');
  await rm(link, { force: true });
  await symlink(extension, link);
}

/** The query that loads an extension and its tests as in development. */
function testPayload(authority: string, extension: string, tests: string): string {
  const entries = [
    ['skipWelcome', 'true'],
    ['extensionDevelopmentPath', `vscode-remote://${authority}${extension}`],
    ['extensionTestsPath', `vscode-remote://${authority}${tests}`],
  ];
  return `&payload=${encodeURIComponent(JSON.stringify(entries))}`;
}

async function waitUntilListening(child: ChildProcess, output: () => string): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!output().includes('Extension host agent listening')) {
    if (child.exitCode !== null || Date.now() > deadline) {
      throw new Error(`VS Code's server did not start:\n${output().slice(-3000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Starts the server on a port of the loopback interface. */
export async function startCodeServer(options: CodeServerOptions): Promise<CodeServer> {
  await ensureCodeServer();
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'oci-models-vscode-')));
  const port = options.port ?? (await freePort());
  await mkdir(join(dataDir, 'data', 'Machine'), { recursive: true });
  await mkdir(join(dataDir, 'extensions'), { recursive: true });
  const settings = JSON.stringify(options.settings ?? {}, undefined, 2);
  await writeFile(join(dataDir, 'data', 'Machine', 'settings.json'), settings);
  const base = ['--server-data-dir', dataDir, '--accept-server-license-terms'];
  const main = join(SERVER, 'out', 'server-main.js');
  if (options.vsix !== undefined) {
    const result = await runProgram(process.execPath, [main, ...base, '--install-extension', options.vsix]);
    if (result.code !== 0) throw new Error(`The VSIX could not be installed:\n${result.output}`);
  }
  const { extension, tests } = options;
  if (extension !== undefined && tests === undefined) await linkExtension(dataDir, extension);
  const child = spawn(
    process.execPath,
    [
      main,
      ...base,
      '--host=127.0.0.1',
      `--port=${port}`,
      '--without-connection-token',
      '--telemetry-level=off',
      '--disable-workspace-trust',
      // Without it a built product ignores the test paths in the address; with it, it shows no notifications.
      ...(tests === undefined ? [] : ['--enable-smoke-test-driver']),
    ],
    // VS Code is as a user has it, and what it costs is measured.
    {
      env: { ...process.env, NODE_COMPILE_CACHE: undefined, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  const output = () => text;
  const close = async () => {
    await endProcess(child);
    if (options.dataDir === undefined) {
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  };
  try {
    await waitUntilListening(child, output);
  } catch (error) {
    await close();
    throw error;
  }
  const authority = `127.0.0.1:${port}`;
  const folder = encodeURIComponent(options.workspace);
  const query =
    tests === undefined || extension === undefined ? '' : testPayload(authority, extension, tests);
  const url = `http://${authority}/?folder=${folder}${query}`;
  return { url, dataDir, output, close };
}
