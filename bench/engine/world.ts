/** Shared by the benches of the engine: an engine of this checkout, and prompts of a given length. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { ROOT } from '../../scripts/support/paths.ts';
import { ProcessEngine, SpareHosts } from '../../src/engine/index.ts';
import type { LoadedModel } from '../../src/inference/index.ts';

/** Options of a loaded engine. */
export interface BenchOptions {
  readonly model: string;
  readonly threads?: number | undefined;
  readonly contextTokens?: number | undefined;
  /** True to load into a process that was started ahead, as after the first model of a window. */
  readonly isReady?: boolean | undefined;
  /** Private folder in which windows find each other's processes. Defaults to not sharing any. */
  readonly doorFolder?: string | undefined;
}

/** Compiled code of llama.cpp's process, which stays from load to load as it does on a user's machine. */
const CODE_FOLDER = join(tmpdir(), 'oci-models-bench-code');
const HOST_PATH = join(ROOT, 'dist', 'engineHost.mjs');
/** Milliseconds in which a process and its device are ready. */
const READY_MS = 3_000;

/** A loaded engine. */
export interface BenchEngine extends AsyncDisposable {
  readonly engine: ProcessEngine;
  readonly loaded: LoadedModel;
  /** Lines of its log. */
  readonly lines: readonly string[];
}

/** Loads a model as the extension does, on the CPU. */
export async function benchEngine(options: BenchOptions): Promise<BenchEngine> {
  const { model, threads, contextTokens, isReady, doorFolder } = options;
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-bench-engine-'));
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const log = { debug: write, info: write, warn: write, error: write };
  // Windows that share a process have one folder.
  const stateFolder = doorFolder === undefined ? join(folder, 'states') : `${doorFolder}-states`;
  const host = { hostPath: HOST_PATH, stateFolder, codeFolder: CODE_FOLDER, log };
  const spares = new SpareHosts(host);
  const engine = new ProcessEngine({ ...host, spares: isReady === true ? spares : undefined, doorFolder });
  const dispose = async (): Promise<void> => {
    await engine.unload();
    await spares.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    if (isReady === true) {
      spares.prepare('off');
      await pause(READY_MS);
    }
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
