/** Runs files of node:test and counts what passed. */
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
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
  return count;
}
