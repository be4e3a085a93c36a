/**
 * `npm test`: everything that tells whether the product works. Ends with one line, `N passed, N failed`.
 * `--only unit,ui` runs some parts; the parts are the keys of PARTS.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildExtension } from '../esbuild.ts';
import { runExtensionTests } from '../test/support/extensionHost.ts';
import { checkTypes, lint } from './support/checks.ts';
import { ensureCodeServer } from './support/codeServer.ts';
import { CHROMIUM, DOCKER_REGISTRY, ensurePrograms, NGINX, OPENSSL, SKOPEO } from './support/debian.ts';
import { type Count, printed, runNodeTests } from './support/nodeTests.ts';
import type { Finished } from './support/process.ts';
import { countLines, findSecrets } from './support/secrets.ts';

async function check(run: Promise<Finished>): Promise<Count> {
  const { code, output } = await run;
  if (code !== 0) console.log(output);
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

/** No secret in any log or error of the parts before; it is the last part. */
async function secrets(): Promise<Count> {
  const found = await findSecrets(logFile, printed);
  console.log(`${await countLines(logFile)} lines of logs and all that was printed: ${found.length} secrets`);
  for (const line of found) console.log(`✖ ${line}`);
  return { passed: found.length === 0 ? 1 : 0, failed: found.length === 0 ? 0 : 1, skipped: 0 };
}

const PARTS: Readonly<Record<string, () => Promise<Count>>> = {
  types: () => check(checkTypes()),
  lint: () => check(lint()),
  unit: () => runNodeTests(['test/unit/**/*.test.ts'], 2),
  registry: () => runNodeTests(['test/registry/*.test.ts'], 1),
  engine: () => runNodeTests(['test/engine/*.test.ts'], 1),
  extension: runExtensionTests,
  ui: () => runNodeTests(['test/ui/*.test.ts'], 1),
  secrets,
};

const logFolder = await mkdtemp(join(tmpdir(), 'oci-models-log-'));
const logFile = join(logFolder, 'log.txt');
process.env['OCI_MODELS_TEST_LOG'] = logFile;

const only = process.argv.indexOf('--only');
const wanted = only === -1 ? Object.keys(PARTS) : (process.argv[only + 1] ?? '').split(',');
const total: Count = { passed: 0, failed: 0, skipped: 0 };
const started = Date.now();

if (wanted.some((part) => ['unit', 'registry', 'extension', 'ui'].includes(part))) {
  await ensurePrograms([CHROMIUM, DOCKER_REGISTRY, NGINX, OPENSSL, SKOPEO]);
}
if (wanted.some((part) => ['extension', 'ui'].includes(part))) await ensureCodeServer();
await buildExtension();
for (const name of wanted) {
  const part = PARTS[name];
  if (part === undefined)
    throw new Error(`There is no part “${name}”; there are ${Object.keys(PARTS).join(', ')}.`);
  const partStarted = Date.now();
  console.log(`\n── ${name}`);
  let count: Count;
  try {
    count = await part();
  } catch (error) {
    console.error(error);
    count = { passed: 0, failed: 1, skipped: 0 };
  }
  total.passed += count.passed;
  total.failed += count.failed;
  total.skipped += count.skipped;
  const seconds = ((Date.now() - partStarted) / 1000).toFixed(1);
  console.log(`── ${name}: ${count.passed} passed, ${count.failed} failed in ${seconds} s`);
}
await rm(logFolder, { recursive: true, force: true });
if (total.skipped > 0) console.log(`${total.skipped} skipped, with the reason beside each.`);
console.log(`Took ${((Date.now() - started) / 1000).toFixed(0)} s.`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
