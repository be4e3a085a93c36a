/** What raw outputs mean, whole and in pieces. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  type Answer,
  createAnswerReader,
  familyOfTemplate,
  readAnswer,
} from '../../../src/inference/format/index.ts';
import { randomFrom } from '../../support/random.ts';
import { SEED } from '../../support/seed.ts';
import { MORE_OUTPUTS } from './moreOutputs.ts';
import { OUTPUTS, type Output, READ, TOOLS } from './outputs.ts';

const ALL = [...OUTPUTS, ...MORE_OUTPUTS];

function meaning({ text = '', thought = '', calls = [] }: Output): Answer {
  return { text, thought, calls: calls.map(([name, args]) => ({ name, arguments: args })) };
}

/** @param sizes characters of each piece, in turn. */
function inPieces(output: Output, family: string | undefined, sizes: () => number) {
  const reader = createAnswerReader({ tools: TOOLS, thoughtOpen: output.thoughtOpen ?? false, family });
  const pieces = [];
  for (let at = 0; at < output.raw.length; ) {
    const size = sizes();
    pieces.push(...reader.push(output.raw.slice(at, at + size)));
    at += size;
  }
  const end = reader.end();
  pieces.push(...end.pieces);
  return { end, pieces };
}

test('a template tells the families whose marks are too common to be told by them', async () => {
  assert.equal(familyOfTemplate("{{ '>>>all\n' + message.content }}"), 'functionary');
  assert.equal(familyOfTemplate('[gMASK]<sop>{% for message in messages %}'), 'glm');
  const folder = join(import.meta.dirname, '../../fixtures/templates');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jinja'));
  assert.ok(names.length >= 12);
  for (const name of names)
    assert.equal(familyOfTemplate(await readFile(join(folder, name), 'utf8')), undefined, name);
});

describe('an answer', () => {
  for (const output of ALL) {
    test(`of ${output.family}: ${output.what}`, () => {
      const options = { tools: TOOLS, thoughtOpen: output.thoughtOpen ?? false };
      if (output.isByName !== true)
        assert.deepEqual(readAnswer(output.raw, options), meaning(output), 'of an unknown family');
      assert.deepEqual(readAnswer(output.raw, { ...options, family: output.family }), meaning(output));
    });
  }
});

describe('an answer in pieces', () => {
  for (const output of ALL) {
    test(`of ${output.family}: ${output.what}`, () => {
      const random = randomFrom(SEED);
      const ways = [() => 1, () => 3, () => 1 + Math.floor(random() * 20)];
      for (const sizes of ways) {
        const { end, pieces } = inPieces(output, output.family, sizes);
        const { text, thought, calls } = end;
        assert.deepEqual({ text, thought, calls }, meaning(output));
        const joined = (type: 'text' | 'thought') =>
          pieces.map((piece) => (piece.type === type ? piece.text : '')).join('');
        assert.equal(joined('text'), text, 'what was shown is what it is');
        assert.equal(joined('thought').trim(), thought);
        assert.deepEqual(
          pieces.flatMap((piece) => (piece.type === 'call' ? [piece.call] : [])),
          calls,
        );
      }
    });
  }

  test('text is not held back longer than a mark', () => {
    const reader = createAnswerReader({ tools: TOOLS, thoughtOpen: false });
    const text = 'A long text about <b> and { and ``` and other things that are no mark at all. ';
    let shown = '';
    for (const character of text.repeat(5))
      for (const piece of reader.push(character)) if (piece.type === 'text') shown += piece.text;
    assert.ok(shown.length > text.length * 5 - 45, `${shown.length} of ${text.length * 5}`);
  });
});

describe('without tools', () => {
  test('a mark of a call is text, and thoughts are thoughts', () => {
    const raw = '<think>hm</think>Write <tool_call>{"name": "now"}</tool_call>.';
    const read = readAnswer(raw, { tools: [], thoughtOpen: false });
    assert.deepEqual(read, {
      text: 'Write <tool_call>{"name": "now"}</tool_call>.',
      thought: 'hm',
      calls: [],
    });
  });
});

describe('anything', () => {
  test('is read, and nothing of it is lost', () => {
    const random = randomFrom(SEED);
    const parts = ALL.flatMap(({ raw }) => raw.match(/<[^>]*>|\[[A-Z_]+\]|[{}[\]"',:]|\w+|\s+/g) ?? []);
    for (let round = 0; round < 3000; round++) {
      const raw = Array.from(
        { length: 1 + Math.floor(random() * 25) },
        () => parts[Math.floor(random() * parts.length)],
      ).join('');
      const { text, thought, calls } = readAnswer(raw, { tools: TOOLS, thoughtOpen: random() < 0.2 });
      const count = (given: string): number => given.match(/hm|look|Done/g)?.length ?? 0;
      assert.equal(count(`${text} ${thought} ${JSON.stringify(calls)}`), count(raw), raw);
      for (const call of calls) assert.ok(TOOLS.some(({ name }) => name === call.name));
    }
  });

  test('that was cut has no call with a part of its arguments', () => {
    const cut = 'rm -rf /home/jane/';
    const tools = [
      { name: 'run', inputSchema: { type: 'object', properties: { code: { type: 'string' } } } },
    ];
    for (const raw of [
      `<tool_call>\n{"name":"run","arguments":{"code":"${cut}`,
      `{"name":"run","arguments":{"code":"${cut}`,
      `{"name":"run","arguments":{"code":"${cut}"`,
      `<tool_call>\n<function=run>\n<parameter=code>\n${cut}`,
      `<tool_call>run\n<arg_key>code</arg_key>\n<arg_value>${cut}`,
      `[TOOL_CALLS]run{"code":"${cut}`,
      `[run(code="${cut}`,
    ]) {
      const reader = createAnswerReader({ tools, thoughtOpen: false });
      const told = reader.push(raw);
      const { calls, text } = reader.end(true);
      assert.deepEqual(calls, [], raw);
      assert.ok(text.includes(cut), `${raw} ${told.length}`);
    }
    const many = JSON.stringify({ name: 'run', arguments: { code: 'a</tool_call>'.repeat(9) } });
    assert.deepEqual(readAnswer(`<tool_call>${many}</tool_call>`, { tools, thoughtOpen: false }).calls, []);
  });

  test('is told as text once its call is none, and not held back to the end', () => {
    const reader = createAnswerReader({ tools: TOOLS, thoughtOpen: false });
    const pieces = reader.push('[TOOL_CALLS]'.repeat(20_000));
    const told = pieces.map((piece) => (piece.type === 'call' ? '' : piece.text)).join('');
    assert.ok(told.length > 239_000, `${told.length}`);
  });

  test('long and hostile ends soon', () => {
    const before = process.cpuUsage();
    for (const unit of [
      '{',
      '[',
      '<tool_call>',
      '{"name":',
      '```json\n',
      '<think>',
      "'",
      '<function=',
      '[TOOL_CALLS]',
      '"\\',
    ]) {
      const raw = unit.repeat(20_000);
      readAnswer(raw, { tools: [READ], thoughtOpen: false });
    }
    // In one piece, as a server sends it that does not stream, and in many.
    for (const raw of ['</think>', '</tool_call>', '<think></think>'].map((unit) => unit.repeat(10_000)))
      readAnswer(raw, { tools: [READ], thoughtOpen: false });
    readAnswer(`<tool_call>${'\n'.repeat(100_000)}`, { tools: [READ], thoughtOpen: false });
    const reader = createAnswerReader({ tools: [READ], thoughtOpen: false });
    for (let line = 0; line < 100_000; line++) reader.push('\n');
    const { user, system } = process.cpuUsage(before);
    assert.ok((user + system) / 1e6 < 20, `${(user + system) / 1e6} s`);
  });
});
