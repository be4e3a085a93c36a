/**
 * `npm run bench:replay`: how much typing completions save, and how often they are right, without an editor.
 *
 *   npm run bench:replay [-- --corpus DIR] [--model FILE] [--files N] [--wpm 60] [--gate 0.7] [--engine-ms MS]
 *     [--without RULE]… [--json]
 *
 * Types every line of the corpus's files anew, key by key, with the rest of the file below it, through the whole
 * pipeline. The editor indents new lines by itself. A completion is seen if it is there before the next key: after the
 * pause of the pipeline, by a clock that follows the typing, and the time that the engine takes, or `--engine-ms` in its
 * place, so that a busy machine does not change what is counted. The typist takes a completion that is right to its end
 * and types on through all others. Right means: what the file has there. `--gate 0` is no gate at all.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SAMPLE_GGUF } from '../../scripts/support/sample.ts';
import { RULES } from '../../src/assist/completion/rules/index.ts';
import { createCompleter } from '../../src/assist/index.ts';
import { fimFormat } from '../../src/inference/format/fim/index.ts';
import { benchEngine } from '../engine/world.ts';
import { userPath } from '../support/userPath.ts';
import { Tally } from './tally.ts';
import { type Seen, typeFile } from './typist.ts';

const { values } = parseArgs({
  options: {
    corpus: { type: 'string' },
    model: { type: 'string' },
    files: { type: 'string' },
    wpm: { type: 'string', default: '60' },
    gate: { type: 'string', default: '0.7' },
    'engine-ms': { type: 'string' },
    without: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
  },
});

const folder = userPath(values.corpus ?? join(import.meta.dirname, '..', '..', 'src', 'base'));
const names = (await readdir(folder)).filter((name) => /\.[cm]?[jt]sx?$|\.py$|\.go$|\.rs$/.test(name)).sort();
const files = names.slice(0, Number(values.files ?? names.length));
const rules = RULES.filter(({ name }) => !values.without.includes(name));
const keyMs = 60_000 / (Number(values.wpm) * 5);
const requestMs = values['engine-ms'] === undefined ? undefined : Number(values['engine-ms']);

await using bench = await benchEngine({ model: userPath(values.model ?? SAMPLE_GGUF) });
const { engine, loaded } = bench;
const tally = new Tally();
let clock = 0;
let pausedMs = 0;
let engineMs = 0;
const completer = createCompleter({
  engine: {
    count: (text) => engine.count(text),
    infill: async (...given) => {
      const start = performance.now();
      try {
        return await engine.infill(...given);
      } finally {
        engineMs = requestMs ?? performance.now() - start;
        tally.request(engineMs);
      }
    },
  },
  format: fimFormat({ marks: await engine.marks(), name: 'the model' }),
  takesBegin: true,
  contextTokens: loaded.contextTokens,
  minJointProbability: Number(values.gate),
  rules,
  now: () => clock,
  pause: async (ms) => {
    pausedMs = ms;
  },
});

/** Returns the completion that is seen before the next key. */
async function see(document: string, prefix: string, suffix: string): Promise<Seen | undefined> {
  clock += keyMs;
  [pausedMs, engineMs] = [0, 0];
  const ghost = await completer.complete({ document, prefix, suffix });
  const ms = pausedMs + engineMs;
  return ghost === undefined || ms > keyMs ? undefined : { text: ghost.text, ms };
}

for (const name of files) {
  const text = (await readFile(join(folder, name), 'utf8')).replaceAll('\r\n', '\n');
  await typeFile(text, tally, (prefix, suffix) => see(name, prefix, suffix));
}
completer.dispose();

const report = { files: files.length, wpm: Number(values.wpm), gate: Number(values.gate), ...tally.report() };
if (values.json) console.log(JSON.stringify(report));
else for (const [name, value] of Object.entries(report)) console.log(`${name.padEnd(18)}${String(value)}`);
