/** Bundles the extension, its threads and the engine's host process into `dist/`. */
import { join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
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

/** Bundles for VS Code's Node.js, by name: the extension, its threads, and parts that are loaded when they are needed. */
export const PARTS = {
  extension: 'src/extension.ts',
  transferWorker: 'src/transfer/worker/moveMain.ts',
  hashWorker: 'src/transfer/worker/hashMain.ts',
  manifestWorker: 'src/oci/client/manifestMain.ts',
  composeFile: 'src/compose/index.ts',
  editReader: 'src/assist/edit/index.ts',
  answerFormats: 'src/inference/format/index.ts',
  toolText: 'src/engine/openai/toolText.ts',
  diskPage: 'src/vscode/diskUse/page.ts',
  undici: 'src/oci/http/undici.ts',
} as const;

/** Has a dynamic import of a part load its bundle. */
const partsLater: Plugin = {
  name: 'parts-later',
  setup({ onResolve }) {
    const names = new Map(Object.entries(PARTS).map(([name, source]) => [join(ROOT, source), name]));
    onResolve({ filter: /\.ts$/ }, ({ kind, path, resolveDir }) => {
      const name = kind === 'dynamic-import' ? names.get(join(resolveDir, path)) : undefined;
      return name === undefined ? undefined : { path: `./${name}.cjs`, external: true };
    });
  },
};

/** Bundles everything that ships. @param options `outdir` defaults to `dist/`; `minify` is set for the package. */
export async function buildExtension(options: { minify?: boolean; outdir?: string } = {}): Promise<void> {
  const minify = options.minify ?? false;
  const outdir = options.outdir ?? DIST;
  const all: BuildOptions = { ...common, minify, sourcemap: !minify };
  await Promise.all([
    ...Object.entries(PARTS).map(([name, source]) =>
      build({
        ...all,
        keepNames: true,
        entryPoints: [join(ROOT, source)],
        outfile: join(outdir, `${name}.cjs`),
        format: 'cjs',
        external: ['vscode'],
        plugins: [partsLater],
      }),
    ),
    build({
      ...all,
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
