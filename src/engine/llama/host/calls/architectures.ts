/**
 * Finds out which architectures this llama.cpp knows. It has no list to ask for, so it is given a file with nothing but
 * an architecture's name: it calls an architecture unknown if it does not know it, and otherwise reports what is
 * missing.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ArchitectureAnswer, architecturesCall } from '../../calls/architectures.ts';
import type { LlamaLog } from '../llamaLog.ts';
import { importLibrary, startLlama } from '../load/library.ts';
import { LOG_DELAY_MS, UNKNOWN_ARCHITECTURE } from '../load/loadModel.ts';
import { type Handler, handle } from '../serve.ts';
import type { HostState } from '../state.ts';

const ARCHITECTURE = 'general.architecture';
const STRING = 8;

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([length, bytes]);
}

/** Builds a GGUF of version 3 (ggml, docs/gguf.md) without tensors, whose only pair is its architecture. */
function headerOf(architecture: string): Buffer {
  const start = Buffer.alloc(24);
  start.write('GGUF');
  start.writeUInt32LE(3, 4);
  start.writeBigUInt64LE(1n, 16);
  const type = Buffer.alloc(4);
  type.writeUInt32LE(STRING);
  // Tensor data, even if there is none, begins at a multiple of 32.
  return Buffer.concat([start, text(ARCHITECTURE), type, text(architecture), Buffer.alloc(32)]);
}

/** Tries each of `names`. @throws HostError `engine-unavailable`. */
async function askArchitectures(names: readonly string[], log: LlamaLog): Promise<ArchitectureAnswer> {
  const library = await importLibrary();
  const llama = await startLlama(library, { gpu: 'off' }, log);
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-architecture-'));
  const answer: ArchitectureAnswer = { known: [], unknown: [] };
  try {
    const modelPath = join(folder, 'architecture.gguf');
    for (const name of names) {
      log.restart();
      await writeFile(modelPath, headerOf(name));
      const failed = await llama.loadModel({ modelPath, vocabOnly: true }).then(
        (model) => model.dispose().then(() => false),
        () => true,
      );
      await sleep(LOG_DELAY_MS);
      const isUnknown = log.problems.some((line) => UNKNOWN_ARCHITECTURE.test(line));
      if (isUnknown) answer.unknown.push(name);
      // A failure without a log line proves nothing.
      else if (!failed || log.problems.length > 0) answer.known.push(name);
    }
    return answer;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function architecturesHandler(state: HostState): Handler {
  return handle(architecturesCall, ({ names }) => askArchitectures(names, state.log));
}
