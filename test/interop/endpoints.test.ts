/** An engine on a live llama-server: SmolLM2 chats, and the trained sample fills in. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SAMPLE_GGUF } from '../../scripts/support/sample.ts';
import { listModels } from '../../src/engine/index.ts';
import { hole } from '../../src/inference/format/fim/index.ts';
import type { AnswerEvent } from '../../src/inference/index.ts';
import { endpointAccess, loadEndpoint } from '../support/endpointEngine.ts';
import { until } from '../support/until.ts';
import { ensureLlamaServer, ensureLlamaTemplates, startLlamaServer } from './llamaServer.ts';
import { ensureSmolLm } from './smollm.ts';

const attempt = await ensureLlamaServer(console.log).then(
  (program) => ({ program, why: false as const }),
  (error: Error) => ({ program: '', why: error.message }),
);

const GREEDY = { temperature: 0 };

describe('an endpoint of llama-server', { skip: attempt.why }, () => {
  test('chats with SmolLM2: models, stream, usage, cancel, error, tokens, a message to go on with', async (t) => {
    await using server = await startLlamaServer(attempt.program, { model: await ensureSmolLm() });
    const url = `${server.url}/v1`;
    const access = endpointAccess(t);
    const found = await listModels(access, new URL(url));
    assert.equal(found.server, 'llama-server');
    const [model] = found.models;
    assert.deepEqual([model?.contextTokens, model?.trainContextTokens], [2048, 8192]);
    const engine = await loadEndpoint(t, url, model?.id ?? '', access);
    assert.deepEqual([engine.loaded?.contextTokens, engine.loaded?.infill], [2048, false]);
    assert.deepEqual([engine.loaded?.vision, engine.loaded?.closesThoughts], [false, false]);
    const question = { role: 'user', content: 'Say hello' } as const;
    const told: AnswerEvent[] = [];
    const answer = await engine.chat(
      { messages: [question], maxTokens: 12, sampling: GREEDY },
      { onEvent: (event) => told.push(event) },
    );
    const body = { messages: [question], max_tokens: 12, temperature: 0 };
    const theirs = await server.post<{ choices: [{ message: { content: string } }] }>(
      '/v1/chat/completions',
      body,
    );
    assert.equal(answer.text, theirs.choices[0].message.content);
    assert.deepEqual([answer.stopReason, answer.answerTokens], ['length', 12]);
    assert.ok(
      told.some(({ type }) => type === 'prompt') && told.filter(({ type }) => type === 'text').length > 5,
    );

    const { tokens } = await server.post<{ tokens: number[] }>('/tokenize', {
      content: 'const answer = 42;',
    });
    assert.equal(await engine.count('const answer = 42;'), tokens.length);

    const start = '```ts\n';
    const messages = [question, { role: 'assistant', content: start } as const];
    const continued = await engine.chat({ messages, maxTokens: 12, sampling: GREEDY });
    assert.ok(continued.text !== '' && !continued.text.startsWith(start), continued.text);

    const abort = new AbortController();
    const cancelled = await engine.chat(
      { messages: [{ role: 'user', content: 'Tell me a long story.' }], maxTokens: 1_000 },
      { signal: abort.signal, onEvent: ({ type }) => type === 'text' && abort.abort() },
    );
    assert.equal(cancelled.stopReason, 'cancelled');
    await until(async () => {
      const slots = (await (await fetch(`${server.url}/slots`)).json()) as { is_processing: boolean }[];
      return slots.every((slot) => !slot.is_processing);
    });

    const long = { role: 'user', content: 'word '.repeat(3_000) } as const;
    await assert.rejects(engine.chat({ messages: [long] }), { code: 'context-overflow', message: /of 2048/ });
  });

  test('calls a tool with SmolLM2, whose template has no place for tools', async (t) => {
    await using server = await startLlamaServer(attempt.program, { model: await ensureSmolLm() });
    const url = `${server.url}/v1`;
    const [model] = (await listModels(endpointAccess(t), new URL(url))).models;
    const engine = await loadEndpoint(t, url, model?.id ?? '');
    const inputSchema = {
      type: 'object',
      properties: { path: { type: 'string', enum: ['a.txt', 'b.txt'] } },
      required: ['path'],
    };
    const tools = [{ name: 'read_file', description: 'Reads a file.', inputSchema }];
    const messages = [{ role: 'user', content: 'Read the file b.txt.' } as const];
    const request = { messages, tools, maxTokens: 64, sampling: GREEDY } as const;
    const told: AnswerEvent[] = [];
    // The server drops the tools and the demand for a call without a word.
    const theirs = await server.post<{ choices: [{ message: { content: string; tool_calls?: object[] } }] }>(
      '/v1/chat/completions',
      {
        messages,
        max_tokens: 8,
        temperature: 0,
        tool_choice: 'required',
        tools: [{ type: 'function', function: { name: 'read_file', parameters: inputSchema } }],
      },
    );
    assert.equal(theirs.choices[0].message.tool_calls, undefined);
    const answer = await engine.chat(
      { ...request, toolMode: 'required' },
      { onEvent: (event) => told.push(event) },
    );
    const [call] = answer.toolCalls;
    assert.ok(call?.name === 'read_file' && /^[ab]\.txt$/.test(String(call.arguments['path'])));
    assert.equal(answer.stopReason, 'toolCalls');
    assert.ok(
      told.some((event) => event.type === 'note' && /described in the instructions/.test(event.text)),
    );
    const rest = await engine.chat({
      ...request,
      messages: [
        ...messages,
        { role: 'assistant', content: '', toolCalls: answer.toolCalls },
        { role: 'tool', content: 'The file says hello.', callId: call.id },
      ],
    });
    assert.ok(rest.text !== '' || rest.toolCalls.length > 0);
    // The status after which any arguments are asked for.
    const schema = { type: 'object', properties: { path: { $ref: '#/nowhere' } } };
    const refused = await fetch(`${url}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ messages, response_format: { type: 'json_schema', json_schema: { schema } } }),
    });
    assert.equal(refused.status, 400);
  });

  test('goes on behind a thought that is stopped, if the model’s template has thoughts', async (t) => {
    const model = await ensureSmolLm();
    // SmolLM2 does not think; this template opens a thought for it.
    const templateFile = join(await ensureLlamaTemplates(), 'Qwen-QwQ-32B.jinja');
    await using server = await startLlamaServer(attempt.program, { model, templateFile });
    const url = `${server.url}/v1`;
    const [served] = (await listModels(endpointAccess(t), new URL(url))).models;
    const engine = await loadEndpoint(t, url, served?.id ?? '');
    assert.equal(engine.loaded?.closesThoughts, true);
    const question = { role: 'user', content: 'Tell me a long story about a cat.' } as const;
    const abort = new AbortController();
    const stopped = await engine.chat(
      { messages: [question], maxTokens: 400, sampling: GREEDY },
      { signal: abort.signal, onEvent: ({ type }) => type === 'thought' && abort.abort() },
    );
    assert.equal(stopped.stopReason, 'cancelled');
    const thought = { role: 'assistant', content: '', thought: 'A cat finds a key.' } as const;
    const rest = await engine.chat({
      messages: [question, thought],
      maxThoughtTokens: 1,
      maxTokens: 24,
      sampling: GREEDY,
    });
    assert.equal(rest.thought, '');
    assert.ok(rest.text.trim() !== '' && !rest.text.includes(thought.thought), rest.text);
  });

  test('fills in with the trained sample, and ends before the text becomes unlikely', async (t) => {
    await using server = await startLlamaServer(attempt.program, { model: SAMPLE_GGUF, contextTokens: 512 });
    const url = `${server.url}/v1`;
    const [model] = (await listModels(endpointAccess(t), new URL(url))).models;
    const engine = await loadEndpoint(t, url, model?.id ?? '');
    assert.equal(engine.loaded?.infill, true);
    const prompt = hole.prompt({
      prefix: 'export function greet(name: string): string {\n  ',
      suffix: '\n}\n',
    });
    const whole = await engine.infill({ prompt, maxTokens: 16, minJointProbability: 0.5 });
    assert.match(whole.text, /^return `Hello, \$\{name/);
    const strict = await engine.infill({ prompt, maxTokens: 64, minJointProbability: 0.99 });
    assert.ok(strict.stopReason === 'unlikely' && whole.text.startsWith(strict.text), strict.text);
  });

  test('as a router lists models that are not loaded, and loads the one that is asked', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'oci-models-router-'));
    t.after(() => rm(folder, { recursive: true }));
    await symlink(await ensureSmolLm(), join(folder, 'smol.gguf'));
    await symlink(SAMPLE_GGUF, join(folder, 'sample.gguf'));
    await using server = await startLlamaServer(attempt.program, { model: folder, contextTokens: 512 });
    const url = `${server.url}/v1`;
    const access = endpointAccess(t);
    const listed = async () => {
      const { models } = await listModels(access, new URL(url));
      return models.map(({ id, isLoaded, abilities, trainContextTokens }) => {
        return { id, isLoaded, vision: abilities.vision, trained: trainContextTokens };
      });
    };
    const [sample, smol] = (await listed()).sort((one, other) => one.id.localeCompare(other.id));
    assert.deepEqual(sample, { id: 'sample', isLoaded: false, vision: false, trained: undefined });
    assert.deepEqual(smol, { id: 'smol', isLoaded: false, vision: false, trained: undefined });
    const chatting = await loadEndpoint(t, url, 'smol', access);
    assert.equal(chatting.loaded?.contextTokens, 512);
    const messages = [{ role: 'user', content: 'Say hello' } as const];
    const answer = await chatting.chat({ messages, maxTokens: 12, sampling: GREEDY });
    assert.equal(answer.answerTokens, 12);
    const completing = await loadEndpoint(t, url, 'sample', access);
    assert.equal(completing.loaded?.infill, true);
    assert.deepEqual((await listed()).map(({ id, isLoaded, trained }) => [id, isLoaded, trained]).sort(), [
      ['sample', true, 2048],
      ['smol', true, 8192],
    ]);
  });
});
