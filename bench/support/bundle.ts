/** The code of a measured pull as one bundle, as the extension ships: made anew where a source is newer. */
import { readdirSync, statSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DIST, ROOT } from '../../scripts/support/paths.ts';

const FOLDER = join(DIST, 'bench');
const BUNDLE = join(FOLDER, 'pullMain.mjs');
/** The threads as they ship: the one that moves bytes, and the one that hashes them. */
export const THREADS = {
  entry: join(FOLDER, 'transferWorker.cjs'),
  hashEntry: join(FOLDER, 'hashWorker.cjs'),
};

/** Milliseconds since 1970 of the newest file that the bundle is made of. It is looked at in each start. */
function newestSource(): number {
  const names = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  const sources = names.filter((name) => name.endsWith('.ts')).map((name) => join('src', name));
  const all = ['bench/pullMain.ts', 'esbuild.ts', 'package-lock.json', ...sources];
  return Math.max(...all.map((path) => statSync(join(ROOT, path)).mtimeMs));
}

/** Whether the bundle is newer than everything it is made of. */
function isFresh(): boolean {
  const bundle = statSync(BUNDLE, { throwIfNoEntry: false });
  return bundle !== undefined && bundle.mtimeMs > newestSource();
}

/** Makes the bundle where it is not fresh. */
export async function ensureBundle(): Promise<void> {
  if (isFresh()) return;
  // Loaded only where it is needed: it takes longer than all the rest.
  const { build } = await import('esbuild');
  const { buildExtension } = await import('../../esbuild.ts');
  await mkdir(FOLDER, { recursive: true });
  const temporary = join(FOLDER, `.${process.pid}`);
  await buildExtension({ outdir: temporary, minify: true });
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['bench/pullMain.ts'],
    outdir: temporary,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22.15',
    minify: true,
    keepNames: true,
    logLevel: 'warning',
    // undici is CommonJS and requires Node's modules.
    banner: {
      js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`,
    },
  });
  // In one step each, because another pull may start at the same time.
  for (const name of await readdir(temporary)) await rename(join(temporary, name), join(FOLDER, name));
  await rm(temporary, { recursive: true });
}

/** The bundled `pullMain.ts`, with V8's code of the last time. */
export async function loadBundle(): Promise<typeof import('../pullMain.ts')> {
  await ensureBundle();
  enableCompileCache(join(FOLDER, 'cache'));
  return import(pathToFileURL(BUNDLE).href);
}
