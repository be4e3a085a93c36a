/** What the tests with the real llama.cpp share. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Log } from '../../src/base/log.ts';
import { ProcessEngine } from '../../src/engine/index.ts';
import type { ChatMessage } from '../../src/inference/index.ts';

export const HOST_PATH = fileURLToPath(new URL('../../src/engine/llama/host/main.ts', import.meta.url));
export const TINYCODE = fileURLToPath(new URL('../fixtures/tinycode-q8_0.gguf', import.meta.url));

/** One thread is the same on every machine, and is not slowed down by what else runs there. */
export const LOAD = { gpu: 'off', threads: 1 } as const;

/** A conversation of one question. */
export function ask(content: string): ChatMessage[] {
  return [{ role: 'user', content }];
}

/** The folder for temporary files on a disk; those in memory would count as memory of the engine. */
export const DISK = process.env['OCI_MODELS_TEST_DISK'] ?? tmpdir();

/** A folder on a disk that is removed when the test ends. */
export async function temporaryFolder(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(DISK, 'oci-models-engine-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** An engine with its log lines; it is unloaded when the test ends. */
export function createEngine(context: TestContext): { engine: ProcessEngine; lines: string[] } {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const log: Log = { debug: write, info: write, warn: write, error: write };
  const engine = new ProcessEngine({ hostPath: HOST_PATH, log });
  context.after(() => engine.unload());
  return { engine, lines };
}

/** Whether a process runs. One that nobody has collected yet does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    if (process.platform !== 'linux') return true;
    return !/^\d+ \(.*\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
