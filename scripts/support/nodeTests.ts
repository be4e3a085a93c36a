/** Runs files of node:test and counts what passed. */
import { glob, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { pathToFileURL } from 'node:url';
import { ROOT } from './paths.ts';

/** What a part of the test run came to. */
export interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

/** Everything that the parts of the test run printed so far. */
export const printed: string[] = [];

async function filesOf(patterns: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const pattern of patterns) {
    for await (const file of glob(pattern, { cwd: ROOT })) files.push(file);
  }
  return files.sort();
}

/** The files of `pattern` with `text` in them, in alphabetical order. */
export async function filesThatContain(pattern: string, text: string): Promise<string[]> {
  const files = await filesOf([pattern]);
  const contents = await Promise.all(files.map((file) => readFile(join(ROOT, file), 'utf8')));
  return files.filter((_, index) => contents[index]?.includes(text));
}

/**
 * Rooms of test/unit whose files run in one process: they change nothing that all of a process share, and starting one
 * for each file takes longer than most of them.
 */
const TOGETHER = new Set([
  'adopt',
  'archive',
  'artifact',
  'assist',
  'base',
  'catalog',
  'credentials',
  'export',
  'gguf',
  'inference',
  'library',
  'oci',
  'vscode',
]);

function roomOf(file: string): string {
  const [, part, room = ''] = file.split(/[/\\]/);
  return part === 'unit' ? room : '';
}

/** Returns `files` with one file in place of those of each room in {@link TOGETHER}, made in `folder`. */
async function together(files: readonly string[], folder: string): Promise<string[]> {
  const made: string[] = [];
  for (const room of TOGETHER) {
    const members = files.filter((file) => roomOf(file) === room);
    if (members.length === 0) continue;
    const entry = join(folder, `${room}.test.mjs`);
    const urls = members.map((file) => pathToFileURL(join(ROOT, file)).href);
    await writeFile(entry, urls.map((url) => `import ${JSON.stringify(url)};\n`).join(''));
    made.push(entry);
  }
  return [...made, ...files.filter((file) => !TOGETHER.has(roomOf(file)))];
}

/**
 * Runs the test files that `patterns` match.
 * @param concurrency files at the same time.
 * @param print is given the report, when all of them ended.
 */
export async function runNodeTests(
  patterns: readonly string[],
  concurrency: number,
  print: (text: string) => void,
): Promise<Count> {
  const files = await filesOf(patterns);
  const count: Count = { passed: 0, failed: 0, skipped: 0 };
  if (files.length === 0) return count;
  process.chdir(ROOT);
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-tests-'));
  try {
    await runFiles(await together(files, folder), concurrency, count, print);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return count;
}

async function runFiles(
  files: string[],
  concurrency: number,
  count: Count,
  print: (text: string) => void,
): Promise<void> {
  const stream = run({ files, concurrency, execArgv: ['--import', './test/support/logSink.ts'] });
  stream.on('test:pass', (event) => {
    if (event.details.type === 'suite') return;
    if (event.skip === undefined) count.passed++;
    else count.skipped++;
  });
  stream.on('test:fail', (event) => {
    // A suite fails because a test in it did; alone it counts only where its set-up failed.
    const code = (event.details.error as { failureType?: string }).failureType;
    if (event.details.type !== 'suite' || code === 'hookFailed') count.failed++;
  });
  const report = stream.compose(new spec());
  let text = '';
  for await (const chunk of report) text += String(chunk);
  print(text.trimEnd());
}
