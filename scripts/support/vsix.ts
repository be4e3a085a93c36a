/**
 * Packages the extension with @vscode/vsce. node-llama-cpp cannot be bundled (it finds its native binaries beside
 * its own files), so its folder and the packages that it needs are shipped below `dist/node_modules`, with the
 * engine binaries of one platform and without llama.cpp's sources.
 */
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { buildExtension } from '../../esbuild.ts';
import { ROOT } from './paths.ts';

/**
 * Engine binaries by VS Code's target name. CUDA's are left out: they are up to 550 MB, and a graphics card is
 * used through Vulkan or Metal.
 */
export const ENGINES: Readonly<Record<string, readonly string[]>> = {
  'linux-x64': ['linux-x64', 'linux-x64-vulkan'],
  'linux-arm64': ['linux-arm64'],
  'linux-armhf': ['linux-armv7l'],
  'darwin-arm64': ['mac-arm64-metal'],
  'darwin-x64': ['mac-x64'],
  'win32-x64': ['win-x64', 'win-x64-vulkan'],
  'win32-arm64': ['win-arm64'],
};

const SHIPPED_FILES = [
  'package.json',
  'package.nls.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  '.vscodeignore',
];

interface LockedPackage {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** VS Code's name for this platform. */
export function currentTarget(): string {
  const arch = process.arch === 'arm' ? 'armhf' : process.arch;
  return `${process.platform}-${arch}`;
}

/** Builds `oci-models-<target>-<version>.vsix` in the root folder. @returns its path and size in bytes. */
export async function buildVsix(): Promise<{ path: string; bytes: number; target: string }> {
  const target = currentTarget();
  const engines = ENGINES[target];
  if (engines === undefined) throw new Error(`There are no engine binaries for ${target}.`);
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const path = join(ROOT, `oci-models-${target}-${version}.vsix`);
  const staging = await mkdtemp(join(tmpdir(), 'oci-models-package-'));
  try {
    await buildExtension({ minify: true, outdir: join(staging, 'dist') });
    await stageFiles(staging);
    await stageNodeModules(join(staging, 'dist', 'node_modules'), engines);
    await createVSIX({
      cwd: staging,
      packagePath: path,
      target,
      dependencies: false,
      allowMissingRepository: true,
      rewriteRelativeLinks: false,
      skipLicense: false,
    });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return { path, bytes: (await stat(path)).size, target };
}

async function stageFiles(staging: string): Promise<void> {
  for (const file of SHIPPED_FILES) await cp(join(ROOT, file), join(staging, file));
  await cp(join(ROOT, 'media'), join(staging, 'media'), { recursive: true });
  // The lists of packages and scripts are for a checkout; inside the package they would only be checked for.
  const manifest = JSON.parse(await readFile(join(staging, 'package.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  for (const key of ['scripts', 'dependencies', 'devDependencies', 'optionalDependencies'])
    delete manifest[key];
  await writeFile(join(staging, 'package.json'), JSON.stringify(manifest, undefined, 2));
}

/** Copies node-llama-cpp, what it needs, and the engine binaries named. */
async function stageNodeModules(target: string, engines: readonly string[]): Promise<void> {
  const lock = JSON.parse(await readFile(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  const wanted = closure(lock.packages, 'node_modules/node-llama-cpp');
  for (const engine of engines) wanted.add(`node_modules/@node-llama-cpp/${engine}`);
  for (const folder of wanted) {
    const relative = folder.slice('node_modules/'.length);
    await mkdir(join(target, relative), { recursive: true });
    await cp(join(ROOT, folder), join(target, relative), {
      recursive: true,
      filter: (source) => isShipped(source.slice(join(ROOT, folder).length)),
    });
  }
}

/** The folders of a package and of all that it depends on, as npm finds them. */
function closure(packages: Readonly<Record<string, LockedPackage>>, root: string): Set<string> {
  const found = new Set<string>();
  const queue = [root];
  for (let folder = queue.pop(); folder !== undefined; folder = queue.pop()) {
    if (found.has(folder)) continue;
    found.add(folder);
    for (const name of Object.keys(packages[folder]?.dependencies ?? {})) {
      const resolved = resolve(packages, folder, name);
      if (resolved !== undefined) queue.push(resolved);
    }
  }
  return found;
}

/** Where a package that `from` asks for is: in its own node_modules, or in those of a folder around it. */
function resolve(
  packages: Readonly<Record<string, LockedPackage>>,
  from: string,
  name: string,
): string | undefined {
  let folder = from;
  while (folder !== '') {
    const nested = `${folder}/node_modules/${name}`;
    if (packages[nested] !== undefined) return nested;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')));
  }
  const top = `node_modules/${name}`;
  return packages[top] === undefined ? undefined : top;
}

/** Not shipped: llama.cpp's sources, type declarations, maps, tests and nested packages (they come by their own name). */
function isShipped(path: string): boolean {
  const parts = path.split(sep).filter((part) => part !== '');
  if (parts[0] === 'node_modules') return false;
  if (parts[0] === 'llama' && parts.length > 1) {
    return ['binariesGithubRelease.json', 'grammars', 'llama.cpp.info.json', 'package.json'].includes(
      parts[1] ?? '',
    );
  }
  if (parts.includes('test') || parts.includes('tests') || parts.includes('docs')) return false;
  return !/\.(d\.[cm]?ts|[cm]?ts|map|md|markdown)$/i.test(path) || /license/i.test(path);
}
