/** An answer is the same however it is cut into pieces, and reading it costs a multiple of its length. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createAnswerReader } from '../../../src/inference/format/index.ts';
import { cpuMs } from '../../support/cpuTime.ts';
import { randomFrom } from '../../support/random.ts';
import { SEED } from '../../support/seed.ts';
import { MORE_OUTPUTS } from './moreOutputs.ts';
import { OUTPUTS as FIRST, READ, TOOLS } from './outputs.ts';

const OUTPUTS = [...FIRST, ...MORE_OUTPUTS];

interface Reading {
  readonly tools: typeof TOOLS | [];
  readonly thoughtOpen: boolean;
  readonly family: string | undefined;
  readonly isCut: boolean;
}

function read(raw: string, { isCut, ...options }: Reading, size: () => number) {
  const reader = createAnswerReader(options);
  const pieces = [];
  for (let at = 0; at < raw.length; ) {
    const length = size();
    pieces.push(...reader.push(raw.slice(at, at + length)));
    at += length;
  }
  const { text, thought, calls, pieces: last } = reader.end(isCut);
  pieces.push(...last);
  const shown = pieces.map((piece) => (piece.type === 'text' ? piece.text : '')).join('');
  assert.equal(shown, text, `shown of ${JSON.stringify(raw)}`);
  return { text, thought, calls };
}

/** Beginnings of calls and of text, put together at random. */
const PARTS = [
  ...OUTPUTS.flatMap(({ raw }) => raw.match(/<[^>]*>|\[[A-Z_]+\]|[{}[\]"',:]|\w+|\s+/g) ?? []),
  ...OUTPUTS.map(({ raw }) => raw),
  '</think>',
  '[/THINK]',
  '◁/think▷',
  '\n',
  '\n  ',
  '; ',
  '```json\n',
  '\n```\n',
  '\n```',
  '{"name": "now", "arguments": {}}',
  '\n{"name": "now", "arguments": {"a": tr',
  '\n{"name": "now", "arguments": [-1, true, None, ""]',
  '\n{"name": "read_file", "arguments": {"path": """a"b"""}}',
  '\n[now()]',
  '\n[read_file(path=")]")]',
  '\n{"name": "none", "version": 1}',
  '<|start|>assistant to=functions.now<|message|>',
  ' '.repeat(300),
  '😀',
  '\\',
];

describe('an answer in pieces', () => {
  test('is what it is in one', () => {
    const random = randomFrom(SEED);
    for (let round = 0; round < 4000; round++) {
      const raw = Array.from(
        { length: 1 + Math.floor(random() * 14) },
        () => PARTS[Math.floor(random() * PARTS.length)],
      ).join('');
      const options: Reading = {
        tools: random() < 0.85 ? TOOLS : [],
        thoughtOpen: random() < 0.15,
        family: random() < 0.5 ? OUTPUTS[Math.floor(random() * OUTPUTS.length)]?.family : undefined,
        isCut: random() < 0.3,
      };
      const whole = read(raw, options, () => raw.length);
      for (const size of [() => 1, () => 1 + Math.floor(random() * 3), () => 1 + Math.floor(random() * 60)])
        assert.deepEqual(
          read(raw, options, size),
          whole,
          `${JSON.stringify(options.family)} ${JSON.stringify(raw)}`,
        );
    }
  });
});

/** The processor's time for an answer in pieces of three characters, in milliseconds. */
function cost(raw: string): number {
  const reader = createAnswerReader({ tools: [READ], thoughtOpen: false });
  const before = cpuMs();
  for (let at = 0; at < raw.length; at += 3) reader.push(raw.slice(at, at + 3));
  reader.end();
  return cpuMs() - before;
}

describe('an answer in small pieces', () => {
  const path = 'x = {1: [2]}\\n'.repeat(2300);
  const call = `{"name": "read_file", "arguments": {"path": "${path}"}}`;
  const answers: Readonly<Record<string, string>> = {
    'a call without marks': call,
    'a call of many values': `{"name": "read_file", "arguments": {"path": [${'{"a": 1},\n'.repeat(3200)}]}}`,
    'a call in a fence': `\`\`\`json\n${call}\n\`\`\`\n`,
    'calls that nothing closes': '{"name": "x", "arguments": \n'.repeat(1100),
    'values within a text that nothing closes': `{"name": "${"\n{'name': 'none'}".repeat(1900)}`,
    'braces alone': '{'.repeat(32_000),
    'a long call between marks': `<tool_call>${JSON.stringify({ name: 'read_file', arguments: { path: path.repeat(12) } })}</tool_call>`,
  };
  // A twentieth of these is needed, and several times as much if each piece has all before it read again.
  for (const [what, raw] of Object.entries(answers))
    test(`costs a multiple of its length: ${what}`, () => {
      const ms = cost(raw);
      assert.ok(ms < 2000, `${ms} ms`);
    });
});
