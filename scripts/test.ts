/**
 * `npm test`: everything that tells whether the product works. Ends with one line, `N passed, N failed`.
 * `--only unit,ui` runs some parts, `--long` the same with many more kills, faults and rounds (`npm run test:long`).
 */
import { access, constants, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildExtension } from '../esbuild.ts';
import { runExtensionTests } from '../test/support/extensionHost.ts';
import { checkGenerated, checkTypes, lint } from './support/checks.ts';
import { ensureCodeServer } from './support/codeServer.ts';
import { CHROMIUM, DOCKER_REGISTRY, ensurePrograms, NGINX, OPENSSL, SKOPEO } from './support/debian.ts';
import { type Count, printed, runNodeTests } from './support/nodeTests.ts';
import { add, type Part, runLane } from './support/parts.ts';
import { COMPILE_CACHE } from './support/paths.ts';
import type { Finished } from './support/process.ts';
import { countLines, findSecrets } from './support/secrets.ts';

function check(run: () => Promise<Finished>): Part {
  return async (print) => {
    const { code, output } = await run();
    if (code !== 0) print(output);
    return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  };
}

function nodeTests(pattern: string, concurrency: number): Part {
  return (print) => runNodeTests([pattern], concurrency, print);
}

/** The part of Linux's memory that is a file system, and the room in it that is enough for all tests, in bytes. */
const MEMORY_FOLDER = '/dev/shm';
const MEMORY_BYTES = 6 * 1024 ** 3;

/**
 * Puts the temporary files of tests into memory where there is room. They wait for a disk half of their time otherwise,
 * which writes what they flush although nobody reads it again.
 */
async function useMemoryFolder(): Promise<void> {
  if (process.platform !== 'linux' || process.env['TMPDIR'] !== undefined) return;
  try {
    await access(MEMORY_FOLDER, constants.W_OK);
    const { bavail, bsize } = await statfs(MEMORY_FOLDER);
    if (bavail * bsize < MEMORY_BYTES) return;
    // Tests that measure memory need files on a disk.
    process.env['OCI_MODELS_TEST_DISK'] = tmpdir();
    process.env['TMPDIR'] = MEMORY_FOLDER;
  } catch {
    // The disk does as well.
  }
}

/** No secret in any log or error of the parts before; it is the last part. */
const secrets: Part = async (print) => {
  const found = await findSecrets(logFile, printed);
  print(`${await countLines(logFile)} lines of logs and all that was printed: ${found.length} secrets`);
  for (const line of found) print(`✖ ${line}`);
  return { passed: found.length === 0 ? 1 : 0, failed: found.length === 0 ? 0 : 1, skipped: 0 };
};

/** The lane without an editor. Unit tests wait for disks, timers and processes most of the time. */
const WITHOUT_EDITOR: Readonly<Record<string, Part>> = {
  types: check(checkTypes),
  lint: check(lint),
  generated: check(checkGenerated),
  unit: nodeTests('test/unit/**/*.test.ts', 3),
  registry: nodeTests('test/registry/*.test.ts', 2),
  engine: nodeTests('test/engine/*.test.ts', 1),
};
/** The lane that mostly waits for the editor. Both take about as long. */
const WITH_EDITOR: Readonly<Record<string, Part>> = {
  extension: (print) => runExtensionTests(print),
  ui: nodeTests('test/ui/*.test.ts', 2),
};
const ALL = [...Object.keys(WITHOUT_EDITOR), ...Object.keys(WITH_EDITOR), 'secrets'];

const { values } = parseArgs({ options: { only: { type: 'string' }, long: { type: 'boolean' } } });
const wanted = values.only?.split(',') ?? ALL;
for (const name of wanted) {
  if (!ALL.includes(name)) throw new Error(`There is no part “${name}”; there are ${ALL.join(', ')}.`);
}
if (values.long) process.env['OCI_MODELS_TEST_LONG'] = '1';

function chosen(parts: Readonly<Record<string, Part>>): Record<string, Part> {
  return Object.fromEntries(Object.entries(parts).filter(([name]) => wanted.includes(name)));
}

async function installPrograms(): Promise<void> {
  if (wanted.some((part) => ['unit', 'registry', 'extension', 'ui'].includes(part))) {
    await ensurePrograms([CHROMIUM, DOCKER_REGISTRY, NGINX, OPENSSL, SKOPEO]);
  }
}

async function installEditor(): Promise<void> {
  if (wanted.some((part) => ['extension', 'ui'].includes(part))) await ensureCodeServer();
}

await useMemoryFolder();
const logFolder = await mkdtemp(join(tmpdir(), 'oci-models-log-'));
const logFile = join(logFolder, 'log.txt');
process.env['OCI_MODELS_TEST_LOG'] = logFile;
process.env['NODE_COMPILE_CACHE'] = COMPILE_CACHE;
const total: Count = { passed: 0, failed: 0, skipped: 0 };
const started = performance.now();
try {
  await Promise.all([installPrograms(), installEditor(), buildExtension()]);
  console.log(`Prepared in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
  for (const count of await Promise.all([runLane(chosen(WITHOUT_EDITOR)), runLane(chosen(WITH_EDITOR))])) {
    add(total, count);
  }
  if (wanted.includes('secrets')) add(total, await runLane({ secrets }));
} finally {
  await rm(logFolder, { recursive: true, force: true });
}
if (total.skipped > 0) console.log(`${total.skipped} skipped, with the reason beside each.`);
console.log(`Took ${((performance.now() - started) / 1000).toFixed(0)} s.`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
