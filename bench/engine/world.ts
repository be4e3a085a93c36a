/** Shared by the benches of the engine: an engine of this checkout, and prompts of a given length. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../scripts/support/paths.ts';
import { ProcessEngine } from '../../src/engine/index.ts';
import type { LoadedModel } from '../../src/inference/index.ts';

/** Options of a loaded engine. */
export interface BenchOptions {
  readonly model: string;
  readonly threads?: number | undefined;
  readonly contextTokens?: number | undefined;
}

/** A loaded engine. */
export interface BenchEngine extends AsyncDisposable {
  readonly engine: ProcessEngine;
  readonly loaded: LoadedModel;
  /** Lines of its log. */
  readonly lines: readonly string[];
}

/** Loads a model as the extension does, on the CPU. */
export async function benchEngine(options: BenchOptions): Promise<BenchEngine> {
  const { model, threads, contextTokens } = options;
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-bench-engine-'));
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const engine = new ProcessEngine({
    hostPath: join(ROOT, 'dist', 'engineHost.mjs'),
    stateFolder: join(folder, 'states'),
    log: { debug: write, info: write, warn: write, error: write },
  });
  const dispose = async (): Promise<void> => {
    await engine.unload();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const loaded = await engine.load({ kind: 'file', path: model }, { gpu: 'off', threads, contextTokens });
    return { engine, loaded, lines, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

const SENTENCES = [
  'The quick brown fox jumps over the lazy dog near the river. ',
  'function add(left, right) { return left + right; } ',
  'A registry stores artifacts by the digest of their content. ',
  'Every morning the engineer opened the editor and read the issues. ',
];

/** Returns a text of about `tokens` tokens, and at most as many. @param start makes texts differ from the front. */
export async function textOf(engine: ProcessEngine, tokens: number, start = ''): Promise<string> {
  let text = start;
  for (let index = 0; ; index++) {
    const longer = text + (SENTENCES[index % SENTENCES.length] ?? '');
    if ((await engine.count(longer)) > tokens) return text;
    text = longer;
  }
}
