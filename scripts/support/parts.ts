/** Parts of the test run: several side by side, each with its output in one piece and its seconds. */
import type { Count } from './nodeTests.ts';
import { printed } from './nodeTests.ts';

/** Runs something, and writes what a person wants to read to `print`. */
export type Part = (print: (line: string) => void) => Promise<Count>;

/**
 * Runs parts one after the other. What each prints is shown when it ends, so that lanes that run side by side do not
 * mix their lines.
 * @returns the counts together.
 */
export async function runLane(parts: Readonly<Record<string, Part>>): Promise<Count> {
  const total: Count = { passed: 0, failed: 0, skipped: 0 };
  for (const [name, part] of Object.entries(parts)) add(total, await runPart(name, part));
  return total;
}

/** Adds `more` to `total`. */
export function add(total: Count, more: Count): void {
  total.passed += more.passed;
  total.failed += more.failed;
  total.skipped += more.skipped;
}

async function runPart(name: string, part: Part): Promise<Count> {
  const started = performance.now();
  const lines: string[] = [];
  let count: Count;
  try {
    count = await part((line) => lines.push(line));
  } catch (error) {
    lines.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    count = { passed: 0, failed: 1, skipped: 0 };
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  lines.push(`── ${name}: ${count.passed} passed, ${count.failed} failed in ${seconds} s`);
  const text = lines.join('\n');
  printed.push(text);
  console.log(`\n── ${name}\n${text}`);
  return count;
}
