/**
 * The cost of completions beside the engine: `node --expose-gc bench/replay/cost.ts [--corpus DIR] [--keys 10000]`.
 *
 * Types files key by key as an editor asks, each request canceled by the next key, over an engine that answers at once.
 * Prints the milliseconds from a key to its request and from the answer to what is shown, processor time for each key,
 * and how much more memory is in use after the second half of the keys than after the first.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createCompleter } from '../../src/assist/index.ts';
import { fimFormat } from '../../src/inference/format/fim/index.ts';
import type { CompletionResult } from '../../src/inference/index.ts';

const { values } = parseArgs({
  options: { corpus: { type: 'string' }, keys: { type: 'string', default: '10000' } },
});
const folder = values.corpus ?? join(import.meta.dirname, '..', '..', 'src', 'base');
const names = (await readdir(folder)).filter((name) => /\.(?:[cm]?[jt]sx?|py|go|rs|c|h|java|rb)$/.test(name));
const texts = await Promise.all(names.sort().map((name) => readFile(join(folder, name), 'utf8')));
const most = Number(values.keys);

const toRequest: number[] = [];
const toGhost: number[] = [];
let askedAt = 0;
let answeredAt = 0;
let failures = 0;
process.on('unhandledRejection', () => void failures++);

const completer = createCompleter({
  engine: {
    count: async (text) => Math.ceil(text.length / 3),
    infill: async (_, { onPiece } = {}) => {
      toRequest.push(performance.now() - askedAt);
      for (const text of ['return', ' value', ';']) onPiece?.({ text, probability: 0.9 });
      answeredAt = performance.now();
      const result: CompletionResult = {
        text: 'return value;',
        probability: 0.9,
        stopReason: 'end',
        promptTokens: 1,
        evaluatedTokens: 1,
        answerTokens: 3,
      };
      return result;
    },
  },
  format: fimFormat({ marks: ['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>'], name: 'scripted' }),
  takesBegin: true,
  contextTokens: 8_192,
  pause: async () => {},
});

/** Types up to a number of keys. */
async function type(keys: number): Promise<void> {
  let editor = new AbortController();
  let typed = 0;
  for (;;) {
    for (const [file, text] of texts.entries()) {
      for (let at = 1; at <= text.length; at++) {
        if (typed === keys) return;
        typed++;
        editor.abort();
        editor = new AbortController();
        askedAt = performance.now();
        answeredAt = 0;
        const place = { document: `${file}`, prefix: text.slice(0, at), suffix: text.slice(at) };
        const ghost = await completer.complete(place, { signal: editor.signal });
        if (ghost !== undefined && answeredAt > 0) toGhost.push(performance.now() - answeredAt);
        // Keys come in turns of the event loop; weak references live to the end of one.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }
}

function usedBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function at(times: readonly number[], fraction: number): number {
  const sorted = times.toSorted((one, other) => one - other);
  return Math.round(1_000 * (sorted[Math.floor(fraction * (sorted.length - 1))] ?? Number.NaN)) / 1_000;
}

const before = process.cpuUsage();
await type(most / 2);
const half = usedBytes();
await type(most / 2);
const { user, system } = process.cpuUsage(before);
const grownBytes = usedBytes() - half;
completer.dispose();
console.log(
  JSON.stringify({
    files: texts.length,
    keys: most,
    requests: toRequest.length,
    keyToRequestMs: { p50: at(toRequest, 0.5), p90: at(toRequest, 0.9) },
    answerToGhostMs: { p50: at(toGhost, 0.5), p90: at(toGhost, 0.9) },
    cpuMsPerKey: Math.round((user + system) / most) / 1_000,
    grownKilobytes: globalThis.gc === undefined ? undefined : Math.round(grownBytes / 1_000),
    unhandledRejections: failures,
  }),
);
