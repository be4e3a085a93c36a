/**
 * `npm run test:interop`: the registry client against clients and registries of other projects (crane, oras,
 * regctl, zot), and the artifact reader against packaging tools (Docker's mdltool, oras), which are built with Go where
 * it is installed; buildah and skopeo come from Debian, and dmr, modctl and kit take part where they are on the PATH.
 * Prompts are compared with llama-server, which is built from the source that node-llama-cpp brings.
 * No part of `npm test`.
 */
import { ensureLlamaServer } from '../test/interop/llamaServer.ts';
import { ensureGoTool, GO_TOOLS, goProgram, INTEROP_CACHE } from '../test/support/goTools.ts';
import { BUILDAH, DOCKER_REGISTRY, ensurePrograms, SKOPEO } from './support/debian.ts';
import { runNodeTests } from './support/nodeTests.ts';

const go = goProgram();
await ensurePrograms([DOCKER_REGISTRY]);
// Container images are made with these; their tests are skipped elsewhere.
await ensurePrograms([SKOPEO, BUILDAH]).catch((error: Error) => console.log(error.message));
if (go === undefined) {
  console.log(
    'Go is not installed (https://go.dev), so what is built with it takes no part: crane, oras, regctl, mdltool, zot.',
  );
} else {
  for (const tool of GO_TOOLS) {
    const path = await ensureGoTool(tool, go, (line) => console.log(line));
    console.log(path === undefined ? `${tool}: not there, its tests are skipped` : `${tool}: ${path}`);
  }
  console.log(`Programs are kept in ${INTEROP_CACHE}.`);
}
await ensureLlamaServer(console.log).then(
  (path) => console.log(`llama-server: ${path}`),
  (error: Error) => console.log(`llama-server: not there, its tests are skipped. ${error.message}`),
);
const { passed, failed, skipped } = await runNodeTests(['test/interop/*.test.ts'], 1, console.log);
if (skipped > 0) console.log(`${skipped} skipped, with the reason beside each.`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
