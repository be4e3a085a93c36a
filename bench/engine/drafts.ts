/**
 * Drafts from the prompt against the same answers without them: an edit that copies nearly all of its code, and an answer
 * that copies nothing.
 *
 *   node bench/engine/drafts.ts --model FILE [--runs 5] [--threads T] [--json]
 *
 * Both take turns, medians count, and ratios above 1 are better with drafts. Processor time is that of llama.cpp's
 * process, so this runs on Linux.
 */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { ProcessEngine } from '../../src/engine/index.ts';
import type { ChatMessage } from '../../src/inference/index.ts';
import { spread } from '../support/statistics.ts';
import { userPath } from '../support/userPath.ts';
import { type BenchEngine, benchEngine } from './world.ts';

/** Longest answer, in tokens. */
const ANSWER_TOKENS = 200;
const CONTEXT_TOKENS = 4096;
/** Processor time of a tick in /proc, in milliseconds. */
const TICK_MS = 10;

const CODE = `export class Counter {
  private readonly counts = new Map<string, number>();

  add(word: string): number {
    const count = (this.counts.get(word) ?? 0) + 1;
    this.counts.set(word, count);
    return count;
  }

  remove(word: string): void {
    this.counts.delete(word);
  }

  get total(): number {
    let sum = 0;
    for (const count of this.counts.values()) sum += count;
    return sum;
  }
}
`;

/** Drafts are only tried where no token is left to chance or a penalty. */
const GREEDY = { temperature: 0, repeatPenalty: 1 } as const;

/** A question, and how its answer begins. */
interface Task {
  /** Turns that show a small model what is meant. */
  readonly before: readonly ChatMessage[];
  readonly question: string;
  readonly begin: string;
  readonly stop: readonly string[];
}

const FENCED = `\`\`\`ts\n${CODE}\`\`\``;

const COPY: Task = {
  before: [
    { role: 'user', content: `Repeat this code exactly, without any change:\n${FENCED}` },
    { role: 'assistant', content: FENCED },
  ],
  question: 'Repeat the code once more, exactly and without any change.',
  begin: '```ts\n',
  stop: ['```'],
};
const OWN: Task = {
  before: [],
  question: 'Tell a long story about a lighthouse and the people in it.',
  begin: 'Once upon a time',
  stop: [],
};

interface Answer {
  readonly text: string;
  readonly tokens: number;
  readonly batches: number;
  readonly cpuMs: number;
}

async function cpuMsOf(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // Behind the name in parentheses, which may have spaces: user and system time are the 12th and 13th fields.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** Batches of the last answer, which the engine logs. */
function batchesOf(lines: readonly string[]): number {
  const last = lines.findLast((line) => /in \d+ batches/.test(line));
  return Number(/in (\d+) batches/.exec(last ?? '')?.[1]);
}

async function answer({ engine, lines }: BenchEngine, task: Task, isDrafted: boolean): Promise<Answer> {
  const messages: ChatMessage[] = [
    ...task.before,
    { role: 'user', content: task.question },
    { role: 'assistant', content: task.begin },
  ];
  await warmUp(engine, messages);
  const before = await cpuMsOf(engine.pid);
  const { text, answerTokens } = await engine.chat({
    messages,
    maxTokens: ANSWER_TOKENS,
    stop: task.stop,
    sampling: GREEDY,
    ...(isDrafted ? { copiedText: CODE } : {}),
  });
  return {
    text,
    tokens: answerTokens,
    batches: batchesOf(lines),
    cpuMs: (await cpuMsOf(engine.pid)) - before,
  };
}

/** Has the prompt evaluated, so that only the answer is measured. */
async function warmUp(engine: ProcessEngine, messages: readonly ChatMessage[]): Promise<void> {
  await engine.chat({ messages, maxTokens: 1, sampling: GREEDY });
}

/** The part of an answer's lines that are lines of the code. */
function copiedPart(text: string): number {
  const known = new Set(CODE.split('\n'));
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.filter((line) => known.has(line)).length / Math.max(1, lines.length);
}

async function compare(world: BenchEngine, task: Task, runs: number) {
  const plain: Answer[] = [];
  const drafted: Answer[] = [];
  for (let run = 0; run < runs; run++) {
    plain.push(await answer(world, task, false));
    drafted.push(await answer(world, task, true));
  }
  const [one, other] = [plain.at(-1), drafted.at(-1)];
  if (one === undefined || other === undefined) throw new Error('Measure at least one run.');
  const perToken = (answers: readonly Answer[]): number =>
    spread(answers.map(({ cpuMs, tokens }) => cpuMs / tokens)).median;
  return {
    tokens: other.tokens,
    copiedPart: copiedPart(other.text),
    batchesPerToken: other.batches / other.tokens,
    cpuRatio: perToken(plain) / perToken(drafted),
    isSameText: one.text === other.text,
  };
}

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    runs: { type: 'string', default: '5' },
    threads: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
if (values.model === undefined) throw new Error('Name a model: --model FILE');
const options = { threads: Number(values.threads), contextTokens: CONTEXT_TOKENS };
await using world = await benchEngine({ model: userPath(values.model), ...options });
const runs = Number(values.runs);
const result = { copied: await compare(world, COPY, runs), own: await compare(world, OWN, runs) };
if (values.json) console.log(JSON.stringify(result));
else console.table(result);
