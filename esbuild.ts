/** Bundles the extension, its threads and the engine's host process into `dist/`. */
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { DIST, ROOT } from './scripts/support/paths.ts';

const common: BuildOptions = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  // VS Code 1.105, the oldest supported one, has Node 22.
  target: 'node22.15',
  logLevel: 'warning',
  sourcemap: true,
  sourcesContent: false,
  // Files beside a source are not beside its bundle, so code that needs one gets its path passed in.
  define: { 'import.meta.url': 'undefined' },
  // The other build reads files with require(), which an ES module does not have.
  alias: { '@vscode/l10n': join(ROOT, 'node_modules/@vscode/l10n/dist/browser.js') },
};

/** Bundles everything that ships. @param options `outdir` defaults to `dist/`; `minify` is set for the package. */
export async function buildExtension(options: { minify?: boolean; outdir?: string } = {}): Promise<void> {
  const minify = options.minify ?? false;
  const outdir = options.outdir ?? DIST;
  await Promise.all([
    build({
      ...common,
      minify,
      sourcemap: !minify,
      keepNames: true,
      entryPoints: [join(ROOT, 'src/extension.ts')],
      outfile: join(outdir, 'extension.cjs'),
      format: 'cjs',
      external: ['vscode'],
    }),
    build({
      ...common,
      minify,
      sourcemap: !minify,
      keepNames: true,
      entryPoints: [join(ROOT, 'src/transfer/worker/moveMain.ts')],
      outfile: join(outdir, 'transferWorker.cjs'),
      format: 'cjs',
    }),
    build({
      ...common,
      minify,
      sourcemap: !minify,
      keepNames: true,
      entryPoints: [join(ROOT, 'src/transfer/worker/hashMain.ts')],
      outfile: join(outdir, 'hashWorker.cjs'),
      format: 'cjs',
    }),
    build({
      ...common,
      minify,
      sourcemap: !minify,
      keepNames: true,
      entryPoints: [join(ROOT, 'src/oci/client/manifestMain.ts')],
      outfile: join(outdir, 'manifestWorker.cjs'),
      format: 'cjs',
    }),
    build({
      ...common,
      minify,
      sourcemap: !minify,
      keepNames: true,
      entryPoints: [join(ROOT, 'src/compose/index.ts')],
      outfile: join(outdir, 'composeFile.cjs'),
      format: 'cjs',
    }),
    build({
      ...common,
      minify,
      sourcemap: !minify,
      entryPoints: [join(ROOT, 'src/engine/llama/host/main.ts')],
      outfile: join(outdir, 'engineHost.mjs'),
      format: 'esm',
      // Not bundleable: it finds its native binaries beside its own files.
      external: ['node-llama-cpp'],
    }),
  ]);
}

/** Bundles the tests that run inside VS Code's extension host. */
export async function buildExtensionTests(): Promise<void> {
  await build({
    ...common,
    entryPoints: [join(ROOT, 'test/extension/index.ts')],
    outfile: join(DIST, 'test/extension.cjs'),
    format: 'cjs',
    external: ['vscode', 'mocha'],
  });
}
