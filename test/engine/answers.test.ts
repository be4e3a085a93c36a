/** Answers of real models, through the real process and library. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readEdit } from '../../src/assist/edit/index.ts';
import { buildChatMessages, buildEditMessages, PrefilledBlock } from '../../src/assist/index.ts';
import { isModelError } from '../../src/base/error.ts';
import { ProcessEngine } from '../../src/engine/index.ts';
import type { AnswerEvent, ChatMessage } from '../../src/inference/index.ts';
import { chat, file } from '../support/chat.ts';
import { writeToyGguf } from '../support/toyGguf.ts';
import { ask, createEngine, HOST_PATH, LOAD, TINYCODE, temporaryFolder } from './support.ts';

const CODE_REPLY =
  'Here it is:\n\n```ts\nfunction add(a: number, b: number) {\n  return a + b;\n}\n```\nünï 🙂';

describe('the toy', () => {
  test('answers to the letter and in pieces, whatever stands before', async (context) => {
    const folder = await temporaryFolder(context);
    const modelPath = join(folder, 'toy.gguf');
    await writeToyGguf(modelPath, { reply: CODE_REPLY, infill: 'return a - b;' });
    const { engine } = createEngine(context);
    const loaded = await engine.load(file(modelPath), LOAD);
    assert.deepEqual(
      { ...loaded, loadMs: 0 },
      {
        contextTokens: 8192,
        trainContextTokens: 8192,
        threads: 1,
        gpu: 'cpu',
        infill: true,
        loadMs: 0,
      },
    );
    const turns: ChatMessage[] = [
      { role: 'system', content: 'You are a test.\n' },
      { role: 'user', content: 'Hello\n\n' },
      { role: 'assistant', content: CODE_REPLY },
      { role: 'user', content: 'Again, <|im_end|> please\n' },
    ];
    for (const messages of [ask('Hello'), turns.slice(0, 2), turns]) {
      const pieces: string[] = [];
      const result = await chat(engine, messages, { onText: (text) => pieces.push(text) });
      assert.equal(result.text, CODE_REPLY);
      assert.equal(pieces.join(''), CODE_REPLY);
      assert.ok(pieces.length > 10);
      assert.equal(result.stopReason, 'end');
      assert.equal(result.answerTokens, pieces.length);
      assert.ok((result.firstTextMs ?? 0) > 0 && (result.firstTextMs ?? 0) <= result.totalMs);
    }
  });

  test('ends at a stop string, and at the token limit', async (context) => {
    const modelPath = join(await temporaryFolder(context), 'toy.gguf');
    await writeToyGguf(modelPath, { reply: 'one two three four five' });
    const { engine } = createEngine(context);
    await engine.load(file(modelPath), LOAD);
    const stopped = await chat(engine, ask('x'), { stop: ['ree'] });
    assert.deepEqual([stopped.text, stopped.stopReason], ['one two th', 'end']);
    const limited = await chat(engine, ask('x'), { maxTokens: 2 });
    assert.deepEqual([limited.text, limited.stopReason, limited.answerTokens], ['one two', 'length', 2]);
    // The toy's second choice is far behind the first.
    const warm = await chat(engine, ask('x'), { sampling: { temperature: 0.5 } });
    assert.equal(warm.text, 'one two three four five');
  });

  test('a thought is not part of the answer, and is not lost in silence', async (context) => {
    const modelPath = join(await temporaryFolder(context), 'toy.gguf');
    await writeToyGguf(modelPath, { reply: '<think>\nlet me see\n</think>\n\nDone.' });
    const { engine } = createEngine(context);
    await engine.load(file(modelPath), LOAD);
    const events: AnswerEvent[] = [];
    const answer = await chat(engine, ask('x'), { onEvent: (event) => events.push(event) });
    assert.deepEqual([answer.text.trim(), answer.thought.trim()], ['Done.', 'let me see']);
    const joined = (type: 'text' | 'thought') =>
      events.map((event) => (event.type === type ? event.text : '')).join('');
    assert.deepEqual([joined('text'), joined('thought')], [answer.text, answer.thought]);
    const { promptTokens, evaluatedTokens, answerTokens } = answer;
    const prompts = events.filter(({ type }) => type === 'prompt');
    assert.deepEqual(prompts[0], { type: 'prompt', evaluatedTokens: 0, totalTokens: promptTokens });
    assert.deepEqual(prompts.at(-1), { type: 'prompt', evaluatedTokens, totalTokens: promptTokens });
    assert.deepEqual(events.at(-1), {
      type: 'usage',
      usage: { promptTokens, evaluatedTokens, answerTokens },
    });
  });

  test('padded with weights, it says the same', async (context) => {
    const modelPath = join(await temporaryFolder(context), 'toy.gguf');
    await writeToyGguf(modelPath, { reply: 'still here', padBytes: 16_000_000 });
    const { engine } = createEngine(context);
    await engine.load(file(modelPath), LOAD);
    assert.equal((await chat(engine, ask('x'))).text, 'still here');
  });

  test('a prompt that does not fit is refused with both numbers, and nothing is cut', async (context) => {
    const modelPath = join(await temporaryFolder(context), 'toy.gguf');
    await writeToyGguf(modelPath, { reply: Array.from({ length: 300 }, (_, i) => `w${i}`).join(' ') });
    const { engine } = createEngine(context);
    const { contextTokens } = await engine.load(file(modelPath), { ...LOAD, contextTokens: 256 });
    assert.equal(contextTokens, 256);
    await assert.rejects(
      chat(engine, ask('x'.repeat(400))),
      (error) =>
        isModelError(error, 'context-overflow') && /takes 4\d\d tokens.* 256 tokens/.test(error.message),
    );
    // One that fits is answered until the context is full.
    const result = await chat(engine, ask('x'.repeat(100)));
    assert.equal(result.stopReason, 'length');
    assert.ok(result.promptTokens + result.answerTokens <= 256);
    assert.ok(result.promptTokens + result.answerTokens > 240);
    assert.ok(result.text.startsWith('w0 w1 w2'));
  });
});

describe('tinycode', () => {
  const engine = new ProcessEngine({ hostPath: HOST_PATH });
  before(() => engine.load(file(TINYCODE), LOAD));
  after(() => engine.unload());

  test('writes an addition', async () => {
    const messages = buildChatMessages({
      history: [],
      prompt: 'Write a TypeScript function that adds two numbers.',
      references: [],
    });
    const { text, stopReason } = await chat(engine, messages, { maxTokens: 200 });
    assert.match(text, /```ts\n[\s\S]*return a \+ b;[\s\S]*```/);
    assert.equal(stopReason, 'end');
  });

  test('changes selected lines as the inline chat asks it to', async () => {
    const original = ['  function multiply(width, height) { return width * height; }'];
    const messages = buildEditMessages({
      instruction: 'Add types',
      languageId: 'typescript',
      label: 'src/area.ts',
      lines: original,
      before: [],
      after: [],
    });
    const context = { languageId: 'typescript', indentation: '  ', before: [], after: [], complete: true };
    const block = new PrefilledBlock('typescript', original);
    const { text } = await chat(engine, [...messages, block.message], {
      maxTokens: 200,
      onText: (piece) => block.push(piece),
    });
    const edit = readEdit(block.end(true), original, context);
    assert.ok(edit.kind === 'lines');
    assert.equal(
      edit.lines.join(' ').replace(/\s+/g, ' ').trim(),
      'function multiply(width: number, height: number): number { return width * height; }',
    );
    assert.match(text, /^ *function/, 'the opening fence is not repeated');
    assert.equal(block.isClosed, true);
  });

  test('counts tokens', async () => {
    const short = await engine.count('const a = 1;');
    const long = await engine.count('const a = 1;\n'.repeat(50));
    assert.ok(short >= 3 && short <= 12 && long >= short * 25 && long <= short * 100, `${short} ${long}`);
    assert.equal(await engine.count(''), 0);
  });

  test('reads only what is new of a conversation', async (context) => {
    const { engine: own, lines } = createEngine(context);
    await own.load(file(TINYCODE), LOAD);
    const newTokens = (): number => {
      const line = lines.findLast((candidate) => candidate.includes('were new to the context'));
      return Number(/(\d+) tokens of the prompt were new/.exec(line ?? '')?.[1]);
    };
    const first: ChatMessage[] = [
      { role: 'system', content: 'You are a coding assistant. '.repeat(100) },
      { role: 'user', content: 'Hello' },
    ];
    const cold = await chat(own, first, { maxTokens: 20 });
    assert.ok(newTokens() >= cold.promptTokens - 2, `${newTokens()} of ${cold.promptTokens}`);
    const second: ChatMessage[] = [
      ...first,
      { role: 'assistant', content: cold.text },
      { role: 'user', content: 'What is a closure?' },
    ];
    const warm = await chat(own, second, { maxTokens: 20 });
    assert.ok(warm.promptTokens > cold.promptTokens);
    assert.ok(newTokens() < 60, `${newTokens()} new of ${warm.promptTokens}`);
  });

  test('answers after another conversation as it did before', async () => {
    const first = await chat(engine, ask('What is a closure?'), { maxTokens: 60 });
    await chat(engine, ask('Hello'), { maxTokens: 60 });
    const again = await chat(engine, ask('What is a closure?'), { maxTokens: 60 });
    assert.equal(again.text, first.text);
    assert.match(again.text, /closure/i);
  });
});
