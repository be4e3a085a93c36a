/** Bundles the extension and the engine's host process into `dist/`. */
import { join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { ROOT } from './scripts/support/paths.ts';

const common: BuildOptions = {
  absWorkingDir: ROOT,
  bundle: true,
  platform: 'node',
  // VS Code 1.105, the oldest supported one, has Node 22.
  target: 'node22.15',
  logLevel: 'warning',
  sourcemap: true,
  sourcesContent: false,
};

/** Bundles everything that ships. With `minify`, as in the package. */
export async function buildExtension(options: { minify?: boolean } = {}): Promise<void> {
  const minify = options.minify ?? false;
  await Promise.all([
    build({
      ...common,
      minify,
      keepNames: true,
      entryPoints: [join(ROOT, 'src/extension.ts')],
      outfile: join(ROOT, 'dist/extension.cjs'),
      format: 'cjs',
      external: ['vscode'],
    }),
    build({
      ...common,
      minify,
      entryPoints: [join(ROOT, 'src/engine/host/main.ts')],
      outfile: join(ROOT, 'dist/engineHost.mjs'),
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
    outfile: join(ROOT, 'dist/test/extension.cjs'),
    format: 'cjs',
    external: ['vscode', 'mocha'],
  });
}
