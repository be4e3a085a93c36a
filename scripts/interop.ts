/**
 * `npm run test:interop`: the registry client against clients and registries of other projects (crane, oras,
 * regctl, zot), which are built with Go where it is installed. No part of `npm test`.
 */
import { ensureGoTool, GO_TOOLS, goProgram, INTEROP_CACHE } from '../test/support/goTools.ts';
import { DOCKER_REGISTRY, ensurePrograms } from './support/debian.ts';
import { runNodeTests } from './support/nodeTests.ts';

const go = goProgram();
if (go === undefined) {
  console.log(
    'Skipped: Go is not installed, and crane, oras, regctl and zot are built with it (https://go.dev).',
  );
} else {
  await ensurePrograms([DOCKER_REGISTRY]);
  for (const tool of GO_TOOLS) {
    const path = await ensureGoTool(tool, go, (line) => console.log(line));
    console.log(path === undefined ? `${tool}: not there, its tests are skipped` : `${tool}: ${path}`);
  }
  console.log(`Programs are kept in ${INTEROP_CACHE}.`);
  const { passed, failed, skipped } = await runNodeTests(['test/interop/*.test.ts'], 1);
  if (skipped > 0) console.log(`${skipped} skipped, with the reason beside each.`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}
