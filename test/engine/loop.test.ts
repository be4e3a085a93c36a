/** The generation loop with a real model: drafts, infill, scores, order and limits. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { AnswerEvent, ChatMessage, InfillRequest } from '../../src/inference/index.ts';
import { chat, file } from '../support/chat.ts';
import { writeToyGguf } from '../support/toyGguf.ts';
import { until } from '../support/until.ts';
import { gguf, text } from '../unit/gguf/writer.ts';
import { ask, createEngine, LOAD, TINYCODE, temporaryFolder } from './support.ts';

const CODE = 'function multiply(width, height) {\n  return width * height;\n}\n';
const EDIT = ask(
  `Add types to this function. Answer with one fenced code block and nothing else.\n\`\`\`ts\n${CODE}\`\`\``,
);
const HOLE: InfillRequest['prompt'] = [
  { mark: '<|fim_prefix|>' },
  'function add(a: number, b: number): number {\n  ',
  { mark: '<|fim_suffix|>' },
  '\n}\n',
  { mark: '<|fim_middle|>' },
];

function batches(lines: readonly string[]): number {
  const counts = lines
    .map((line) => /in (\d+) batches/.exec(line)?.[1])
    .filter((count) => count !== undefined);
  return Number(counts.at(-1));
}

describe('drafts from the prompt', () => {
  test('give the same answer in fewer batches', async (context) => {
    const { engine, lines } = createEngine(context);
    await engine.load(file(TINYCODE), LOAD);
    const plain = await engine.chat({ messages: EDIT, maxTokens: 80 });
    assert.equal(batches(lines), plain.answerTokens + (plain.stopReason === 'end' ? 1 : 0));
    const drafted = await engine.chat({ messages: EDIT, maxTokens: 80, copiedText: CODE, purpose: 'edit' });
    assert.equal(drafted.text, plain.text);
    assert.equal(drafted.answerTokens, plain.answerTokens);
    assert.ok(batches(lines) < 0.8 * plain.answerTokens, `${batches(lines)} of ${plain.answerTokens}`);
    const again = await engine.chat({ messages: EDIT, maxTokens: 80, copiedText: CODE, purpose: 'edit' });
    assert.equal(again.text, plain.text);
    // With a penalty or chance each token counts for the next.
    await engine.chat({ messages: EDIT, maxTokens: 20, copiedText: CODE, sampling: { repeatPenalty: 1.1 } });
    assert.equal(batches(lines), 20);
  });
});

describe('infill', () => {
  test('fills the hole with its probability, and ends before an unlikely token', async (context) => {
    const { engine } = createEngine(context);
    await engine.load(file(TINYCODE), LOAD);
    const probabilities: number[] = [];
    const onPiece = ({ probability }: { probability?: number | undefined }): void =>
      void probabilities.push(probability ?? Number.NaN);
    const whole = await engine.infill({ prompt: HOLE, maxTokens: 30 }, { onPiece });
    assert.equal(whole.text, 'return a + b;');
    assert.equal(whole.stopReason, 'end');
    assert.ok(probabilities.every((probability, index) => probability <= (probabilities[index - 1] ?? 1)));
    const joint = whole.probability ?? assert.fail();
    assert.ok(joint > 0.5 && joint < 1, `${joint}`);
    const kept = await engine.infill({ prompt: HOLE, maxTokens: 30, minJointProbability: joint * 0.99 });
    assert.equal(kept.text, whole.text);
    const cut = await engine.infill({ prompt: HOLE, maxTokens: 30, minJointProbability: 1 });
    assert.equal(cut.stopReason, 'unlikely');
    assert.ok(whole.text.startsWith(cut.text) && cut.text.length < whole.text.length);
    const stopped = await engine.infill({ prompt: HOLE, maxTokens: 30, stop: [' +'] });
    assert.deepEqual([stopped.text, stopped.stopReason], ['return a', 'stop']);
    // The prompt was still there.
    assert.equal(stopped.evaluatedTokens, 0);
  });

  test('is refused with the mark that the vocabulary lacks', async (context) => {
    const { engine } = createEngine(context);
    await engine.load(file(TINYCODE), LOAD);
    await assert.rejects(engine.infill({ prompt: [{ mark: '<PRE>' }, 'x'] }), /no special token "<PRE>"/);
    // As text the mark is text.
    const { promptTokens } = await engine.infill({ prompt: ['<|fim_prefix|>'], maxTokens: 1 });
    assert.ok(promptTokens > 1);
    const marks = await engine.marks();
    assert.ok(marks.includes('<|fim_middle|>') && marks.includes('<|im_end|>'));
  });

  test('a text that fits scores higher than one that does not', async (context) => {
    const { engine } = createEngine(context);
    await engine.load(file(TINYCODE), LOAD);
    const right = await engine.score(HOLE, 'return a + b;');
    const wrong = await engine.score(HOLE, 'import os;');
    assert.ok(right.logProbability / right.tokens > wrong.logProbability / wrong.tokens + 1);
    const { probability = 0 } = await engine.infill({ prompt: HOLE, maxTokens: 30 });
    // The infill counts only the best candidates, and not the end.
    assert.ok(Math.abs(Math.exp(right.logProbability) - probability) < 0.1);
    await assert.rejects(engine.score(HOLE, ''), /can be scored/);
  });
});

describe('requests at the same time', () => {
  test('ghost text and an edit go before a chat, which is told and goes on to the same end', async (context) => {
    const modelPath = join(await temporaryFolder(context), 'toy.gguf');
    // Long enough to be running still when the others come.
    const reply = Array.from({ length: 2000 }, (_, index) => `word${index}`);
    await writeToyGguf(modelPath, { reply, infill: 'return a + b;' });
    const { engine } = createEngine(context);
    await engine.load(file(modelPath), LOAD);
    const order: string[] = [];
    let pieces = 0;
    const running = engine
      .chat({ messages: ask('x') }, { onEvent: ({ type }) => void (type === 'text' && pieces++) })
      .finally(() => order.push('chat'));
    await until(() => pieces >= 5);
    const waits: AnswerEvent[] = [];
    const edit = engine
      .chat(
        { messages: ask('x'), maxTokens: 40, purpose: 'edit' },
        { onEvent: (event) => void (event.type === 'waiting' && waits.push(event)) },
      )
      .finally(() => order.push('edit'));
    const ghost = engine.infill({ prompt: HOLE, maxTokens: 30 }).finally(() => order.push('ghost'));
    assert.equal((await ghost).text, 'return a + b;');
    await edit;
    assert.equal((await running).text, reply.join(''));
    assert.deepEqual(order, ['ghost', 'edit', 'chat']);
    assert.deepEqual(waits, [{ type: 'waiting', for: 'chat' }]);
  });

  test('newer ghost text cancels older one', async (context) => {
    const modelPath = join(await temporaryFolder(context), 'toy.gguf');
    // Long enough to be running still when the next one comes.
    const infill = Array.from({ length: 2000 }, (_, index) => ` w${index}`).join('');
    await writeToyGguf(modelPath, { reply: 'x', infill });
    const { engine } = createEngine(context);
    await engine.load(file(modelPath), LOAD);
    const first = engine.infill({ prompt: HOLE });
    const second = engine.infill({ prompt: HOLE });
    const third = engine.infill({ prompt: HOLE, maxTokens: 3 });
    assert.deepEqual(
      (await Promise.all([first, second, third])).map(({ stopReason }) => stopReason),
      ['cancelled', 'cancelled', 'length'],
    );
  });
});

describe('an answer', () => {
  test('continues a message that was begun', async (context) => {
    const { engine } = createEngine(context);
    await engine.load(file(TINYCODE), LOAD);
    const whole = await engine.chat({ messages: EDIT, maxTokens: 80 });
    const begun: ChatMessage[] = [...EDIT, { role: 'assistant', content: whole.text.slice(0, 30) }];
    const rest = await engine.chat({ messages: begun, maxTokens: 80 });
    assert.ok(!rest.text.startsWith('```') && rest.text.length > 0, rest.text);
    assert.ok(rest.text.trimEnd().endsWith('```'), rest.text);
  });

  test('ends a thought that takes too long', async (context) => {
    const modelPath = join(await temporaryFolder(context), 'toy.gguf');
    const words = Array.from({ length: 60 }, (_, index) => `w${index} `).join('');
    await writeToyGguf(modelPath, { reply: `<think>\n${words}</think>\n\nDone.` });
    const { engine } = createEngine(context);
    await engine.load(file(modelPath), LOAD);
    const all = await chat(engine, ask('x'));
    assert.match(all.thought, /w59/);
    const short = await engine.chat({ messages: ask('x'), maxThoughtTokens: 10, maxTokens: 40 });
    assert.match(short.thought, /w3/);
    assert.ok(!short.thought.includes('w30'));
    assert.ok(short.answerTokens <= 40);
    // Somebody who stops a thought has the model go on from it, and the answer begins at once.
    const begun: ChatMessage[] = [...ask('x'), { role: 'assistant', content: '', thought: short.thought }];
    const rest = await engine.chat({ messages: begun, maxThoughtTokens: 1, maxTokens: 40 });
    assert.ok(rest.thought.trim().split(/\s+/).length <= 2, rest.thought);
    assert.notEqual(rest.stopReason, 'cancelled');
  });

  test('fits a JSON schema', async (context) => {
    const { engine } = createEngine(context);
    await engine.load(file(TINYCODE), LOAD);
    const outputSchema = {
      type: 'object',
      properties: { name: { type: 'string', maxLength: 8 }, ok: { type: 'boolean' } },
      required: ['name', 'ok'],
    };
    const { text } = await engine.chat({ messages: ask('Hello'), outputSchema, maxTokens: 100 });
    const value = JSON.parse(text) as Record<string, unknown>;
    assert.deepEqual([typeof value['name'], typeof value['ok']], ['string', 'boolean']);
  });

  test('that goes round in circles is ended', async (context) => {
    const { engine } = createEngine(context);
    await engine.load(file(TINYCODE), LOAD);
    // tinycode repeats itself far from its corpus.
    const looping = ask('zzzz '.repeat(40));
    const { stopReason, answerTokens } = await engine.chat({ messages: looping, maxTokens: 1500 });
    assert.ok(stopReason === 'end' || (stopReason === 'loop' && answerTokens < 1400), stopReason);
  });

  test('comes with as many threads and tokens as there are, whatever is wished', async (context) => {
    const { engine } = createEngine(context);
    const loaded = await engine.load(file(TINYCODE), { gpu: 'off', threads: 100_000, contextTokens: 4e9 });
    assert.ok((loaded.threads ?? Number.NaN) <= availableParallelism());
    assert.equal(loaded.contextTokens, 2048);
    assert.equal((await engine.chat({ messages: EDIT, maxTokens: 2 })).answerTokens, 2);
  });

  test('a count of a line without spaces is about right, whatever its length', async (context) => {
    const { engine } = createEngine(context);
    await engine.load(file(TINYCODE), LOAD);
    const line = 'abc_def('.repeat(2_000);
    const exact = await engine.count('abc_def('.repeat(200));
    const all = await engine.count(line);
    assert.ok(Math.abs(all - 10 * exact) < 0.02 * all, `${all} of ${10 * exact}`);
    assert.equal(await engine.count(''), 0);
  });
});

describe('tools', () => {
  const tools = [
    {
      name: 'read_file',
      description: 'Reads a file.',
      inputSchema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
    },
  ];

  test('a call in the model’s own words is an event with an id', async (context) => {
    const modelPath = join(await temporaryFolder(context), 'toy.gguf');
    const body = '{"name": "read_file", "arguments": {"path": "a.ts"}}';
    await writeToyGguf(modelPath, { reply: `Let me see.\n<tool_call>\n${body}\n</tool_call>` });
    const { engine } = createEngine(context);
    await engine.load(file(modelPath), LOAD);
    const events: AnswerEvent[] = [];
    const answer = await engine.chat(
      { messages: ask('x'), tools },
      { onEvent: (event) => void (event.type === 'toolCall' && events.push(event)) },
    );
    assert.deepEqual([answer.text, answer.stopReason], ['Let me see.', 'toolCalls']);
    const [call] = answer.toolCalls;
    assert.deepEqual([call?.name, call?.arguments], ['read_file', { path: 'a.ts' }]);
    assert.deepEqual(events, [{ type: 'toolCall', call }]);
    // A tool that was not offered stays text.
    const without = await engine.chat({ messages: ask('x') });
    assert.ok(without.text.includes(body));
  });

  test('a call in words that only the template explains', async (context) => {
    const folder = await temporaryFolder(context);
    const reply = '>>>read_file\n{"path": "a.ts"}';
    for (const templateComment of [undefined, '>>>all']) {
      const modelPath = join(folder, `${templateComment === undefined ? 'plain' : 'functionary'}.gguf`);
      await writeToyGguf(modelPath, { reply, ...(templateComment === undefined ? {} : { templateComment }) });
      const { engine } = createEngine(context);
      await engine.load(file(modelPath), LOAD);
      const { text, toolCalls } = await engine.chat({ messages: ask('x'), tools });
      const calls = toolCalls.map((call) => [call.name, call.arguments]);
      const expected = templateComment === undefined ? [reply, []] : ['', [['read_file', { path: 'a.ts' }]]];
      assert.deepEqual([text, calls], expected);
    }
  });

  test('one that is required comes in any case', async (context) => {
    const { engine } = createEngine(context);
    await engine.load(file(TINYCODE), LOAD);
    const answer = await engine.chat({ messages: ask('Hello'), tools, toolMode: 'required', maxTokens: 60 });
    assert.equal(answer.stopReason, 'toolCalls');
    assert.equal(answer.toolCalls.length, 1);
    assert.equal(typeof answer.toolCalls[0]?.arguments['path'], 'string');
  });
});

describe('a LoRA adapter', () => {
  test('is applied, or refused with its name', async (context) => {
    const path = join(await temporaryFolder(context), 'adapter.gguf');
    const tensors = [
      { name: 'blk.0.attn_q.weight.lora_a', sizes: [256, 4], offset: 0 },
      { name: 'blk.0.attn_q.weight.lora_b', sizes: [4, 256], offset: 4096 },
    ];
    const pairs = [
      ['general.type', text('adapter')],
      ['general.architecture', text('llama')],
      ['adapter.type', text('lora')],
      ['adapter.lora.alpha', { type: 'f32', value: 64 }],
    ] as const;
    const bytes = gguf({ pairs, tensors });
    for (let index = 0; index < 2048; index++)
      bytes.writeFloatLE(Math.sin(index) / 2, bytes.length - 8192 + 4 * index);
    await writeFile(path, bytes);
    const answers: string[] = [];
    for (const adapters of [undefined, [path]]) {
      const { engine } = createEngine(context);
      await engine.load(file(TINYCODE), { ...LOAD, adapters });
      answers.push((await engine.chat({ messages: ask('What is a closure?'), maxTokens: 20 })).text);
    }
    assert.match(answers[0] ?? '', /closure is a function/);
    assert.notEqual(answers[0], answers[1]);
    const { engine } = createEngine(context);
    await assert.rejects(engine.load(file(TINYCODE), { ...LOAD, adapters: [`${path}.gone`] }));
  });
});

describe('the text of tokens', () => {
  test('has the spaces that the model wrote', async (context) => {
    const { engine } = createEngine(context);
    // Its vocabulary is one from which llama.cpp removes spaces before marks.
    await engine.load(file(TINYCODE), LOAD);
    const prompt: InfillRequest['prompt'] = [
      { mark: '<|fim_prefix|>' },
      'function max(amount, low) {\n  ',
      { mark: '<|fim_suffix|>' },
      '\n}\n',
      { mark: '<|fim_middle|>' },
    ];
    const { text } = await engine.infill({ prompt, maxTokens: 24 });
    assert.equal(text, 'return amount > low ? amount : low;');
  });
});
