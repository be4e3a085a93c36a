/** An engine on a server, answer by answer: waits, stops, bounds, cancellation, keys, forms of filling in. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { findEndpoint } from '../../../../src/engine/index.ts';
import { hole } from '../../../../src/inference/format/fim/index.ts';
import type { AnswerEvent, ChatRequest } from '../../../../src/inference/index.ts';
import { HttpClient } from '../../../../src/oci/index.ts';
import { endpointAccess, loadEndpoint } from '../../../support/endpointEngine.ts';
import {
  endEvent,
  events,
  modelList,
  type ScriptedHandler,
  type ScriptedReply,
  type ScriptedRequest,
  startScriptedServer,
  textEvent,
} from '../../../support/scriptedServer.ts';
import { until } from '../../../support/until.ts';

const QUESTION: ChatRequest = { messages: [{ role: 'user', content: 'Say hello.' }] };
const READ = { name: 'read_file', inputSchema: { type: 'object', properties: { path: { type: 'string' } } } };
const HELLO: ScriptedReply = { pieces: events(textEvent('Hello'), endEvent(), '[DONE]') };

/** Starts a server with one model, loads it, and collects the events of its answers. */
async function setup(
  t: TestContext,
  answer: ScriptedHandler,
  {
    model = 'm',
    list = modelList(model),
    key,
    get = {},
  }: { model?: string; list?: ScriptedReply; key?: string; get?: Readonly<Record<string, unknown>> } = {},
) {
  const server = await startScriptedServer((request) => {
    if (request.method === 'POST') return answer(request);
    const json = get[request.path];
    if (json !== undefined) return { json };
    return request.path === '/v1/models' ? list : undefined;
  });
  t.after(() => server.close());
  const engine = await loadEndpoint(t, server.url, model, endpointAccess(t, key));
  const told: AnswerEvent[] = [];
  const onEvent = (event: AnswerEvent): void => void told.push(event);
  const notes = (): string => told.flatMap((event) => (event.type === 'note' ? [event.text] : [])).join('\n');
  const asked = (): ScriptedRequest[] => server.requests.filter(({ method }) => method === 'POST');
  return { server, engine, told, onEvent, notes, asked };
}

describe('a server that cannot answer yet', () => {
  test('is asked again while it loads, and the user is told once', async (t) => {
    let left = 2;
    const loading = { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } };
    const { engine, onEvent, notes, asked } = await setup(t, () =>
      left-- > 0 ? { status: 503, json: loading } : HELLO,
    );
    assert.equal((await engine.chat(QUESTION, { onEvent })).text, 'Hello');
    assert.equal(asked().length, 3);
    assert.equal(notes().match(/is loading its model/g)?.length, 1);
  });

  test('is asked again after the time that it asks for, and not after a longer one', async (t) => {
    let wait = '1';
    let left = 1;
    const { engine, onEvent, notes, asked } = await setup(t, () =>
      left-- > 0 ? { status: 429, headers: { 'retry-after': wait }, json: { error: 'busy' } } : HELLO,
    );
    assert.equal((await engine.chat(QUESTION, { onEvent })).text, 'Hello');
    assert.match(notes(), /asked to wait/);
    [wait, left] = ['3600', 1];
    await assert.rejects(engine.chat(QUESTION), { code: 'rate-limited', retryAfterMs: 3_600_000 });
    assert.equal(asked().length, 3);
  });

  test('may be left while it loads', async (t) => {
    const { engine, asked } = await setup(t, () => ({ status: 503, json: { error: 'starting up' } }));
    const abort = new AbortController();
    const answer = engine.chat(QUESTION, { signal: abort.signal });
    await until(() => asked().length === 1);
    abort.abort();
    assert.equal((await answer).stopReason, 'cancelled');
  });

  test('is not asked a second time after an error that may have cost a generation', async (t) => {
    const { engine, asked } = await setup(t, () => ({ status: 500, json: { error: 'boom' } }));
    await assert.rejects(engine.chat(QUESTION), { code: 'engine-error', message: /boom/ });
    const { engine: other, asked: askedOther } = await setup(t, () => ({ pieces: [], end: 'cut' }));
    await assert.rejects(other.chat(QUESTION), { code: 'offline' });
    assert.deepEqual([asked().length, askedOther().length], [1, 1]);
  });

  test('is asked on a new connection once it has closed the kept one', async (t) => {
    const replies: ScriptedReply[] = [{ end: 'drop' }];
    const { engine, asked } = await setup(t, () => replies.shift() ?? HELLO);
    assert.equal((await engine.chat(QUESTION)).stopReason, 'end');
    assert.equal(asked().length, 2);
    replies.push({ end: 'drop' }, { end: 'drop' }, { end: 'drop' });
    await assert.rejects(engine.chat(QUESTION), { code: 'offline', message: /closed the connection/ });
    assert.equal(asked().length, 4, 'a new connection that is closed is an answer');
  });
});

describe('an answer', () => {
  test('ends at every stop text, though servers take four', async (t) => {
    const stop = ['1', '2', '3', '4', '5'];
    const { engine, asked, server } = await setup(t, () => ({
      pieces: events(textEvent('ab'), textEvent('c5'), textEvent('d')),
      end: 'hold',
    }));
    const { text, stopReason } = await engine.chat({ ...QUESTION, stop });
    assert.deepEqual([text, stopReason], ['abc', 'end']);
    assert.deepEqual(asked()[0]?.body?.['stop'], ['1', '2', '3', '4']);
    await until(() => server.running() === 0);
  });

  test('goes on with the last message, whether the server repeats it or not', async (t) => {
    const messages = [...QUESTION.messages, { role: 'assistant', content: '```ts\n' } as const];
    for (const pieces of [
      ['``', '`ts\n', 'x = 1;'],
      ['x =', ' 1;'],
    ]) {
      const { engine } = await setup(t, () => ({ pieces: events(...pieces.map(textEvent), endEvent()) }));
      assert.equal((await engine.chat({ messages })).text, 'x = 1;');
    }
  });

  test('without text is told as that, and without the call that was required as an error', async (t) => {
    const { engine } = await setup(t, () => ({ pieces: events(endEvent(), '[DONE]') }));
    assert.equal((await engine.chat(QUESTION)).text, '');
    await assert.rejects(engine.chat({ ...QUESTION, tools: [READ], toolMode: 'required' }), {
      code: 'engine-error',
      message: /did not call a tool/,
    });
  });

  test('that ends at its limit inside of the call that was required says so', async (t) => {
    const call = { index: 0, id: 'a', type: 'function', function: { name: READ.name, arguments: '{"pa' } };
    const cut = { choices: [{ delta: { tool_calls: [call] }, finish_reason: null }] };
    const { engine } = await setup(t, () => ({ pieces: events(cut, endEvent('length'), '[DONE]') }));
    await assert.rejects(engine.chat({ ...QUESTION, tools: [READ], toolMode: 'required' }), {
      code: 'engine-error',
      message: /ended at its limit/,
    });
  });

  test('that begins in a thought is read so from the second one on, and one that does not is shown whole', async (t) => {
    let text = 'Hm.\n</think>\n\nYes.';
    const { engine, onEvent, told } = await setup(t, () => ({
      pieces: events(textEvent(text), endEvent(), '[DONE]'),
    }));
    assert.match((await engine.chat(QUESTION)).text, /Yes\.$/);
    const second = await engine.chat(QUESTION);
    assert.deepEqual([second.thought, second.text], ['Hm.', 'Yes.']);
    text = 'Just yes.';
    told.length = 0;
    assert.equal((await engine.chat(QUESTION, { onEvent })).text, 'Just yes.');
    assert.ok(told.some((event) => event.type === 'text' && event.text === 'Just yes.'));
  });

  test('about the marks of thoughts does not turn the next ones into thoughts', async (t) => {
    let text = 'Write `</think>`:\n```\n<think>\n</think>\n```\n';
    const { engine } = await setup(t, () => ({ pieces: events(textEvent(text), endEvent(), '[DONE]') }));
    await engine.chat(QUESTION);
    text = 'Plain.';
    const { thought, text: answered } = await engine.chat(QUESTION);
    assert.deepEqual([thought, answered], ['', 'Plain.']);
  });

  test('whose only end is [DONE] is whole', async (t) => {
    const { engine, onEvent, notes } = await setup(t, () => ({ pieces: events(textEvent('a'), '[DONE]') }));
    assert.equal((await engine.chat(QUESTION, { onEvent })).stopReason, 'end');
    assert.equal(notes(), '');
  });

  test('with a call is whole, whatever marks stand in its arguments, and text once it was cut', async (t) => {
    const tools = [
      { name: 'run', inputSchema: { type: 'object', properties: { code: { type: 'string' } } } },
    ];
    const callEvent = (args: string) => ({
      choices: [
        { index: 0, delta: { tool_calls: [{ id: 'a', function: { name: 'run', arguments: args } }] } },
      ],
    });
    const code = 'a </tool_call> <tool_call>'.repeat(9);
    const whole = callEvent(JSON.stringify({ code }));
    const { engine } = await setup(t, () => ({ pieces: events(whole, endEvent('tool_calls')) }));
    assert.deepEqual((await engine.chat({ ...QUESTION, tools })).toolCalls[0]?.arguments, { code });
    const cut = callEvent('{"code":"function f() { return {}');
    const { engine: other } = await setup(t, () => ({ pieces: events(cut, endEvent('length')) }));
    const { toolCalls, text } = await other.chat({ ...QUESTION, tools });
    assert.deepEqual(toolCalls, []);
    assert.match(text, /function f/);
  });

  test('longer than any model gives is cut, and said to be', async (t) => {
    const piece = 'word '.repeat(13_000);
    const { engine, server } = await setup(t, () => ({
      pieces: (function* () {
        for (;;) yield `data: ${JSON.stringify(textEvent(piece))}\n\n`;
      })(),
    }));
    const { text, stopReason } = await engine.chat({ ...QUESTION, maxTokens: 2 ** 23 });
    assert.equal(stopReason, 'length');
    assert.ok(text.length > 4_000_000 && text.length < 4_400_000, `${text.length}`);
    const completion = await engine.complete({ prompt: 'word', maxTokens: 2 ** 23 });
    assert.equal(completion.stopReason, 'length');
    await until(() => server.running() === 0);
  });

  test('of many bytes and no text is ended', async (t) => {
    const { engine } = await setup(t, () => ({
      pieces: (function* () {
        for (;;) yield `data: ${JSON.stringify({ ...textEvent(''), model: 'x'.repeat(64 * 1024) })}\n\n`;
      })(),
    }));
    await assert.rejects(engine.chat({ ...QUESTION, maxTokens: 16 }), {
      code: 'engine-error',
      message: /sent more than was asked for/,
    });
  });

  test('whose event never ends is ended', async (t) => {
    const { engine } = await setup(t, () => ({
      pieces: (function* () {
        for (;;) yield 'data: '.padEnd(256 * 1024, 'x');
      })(),
    }));
    await assert.rejects(engine.chat({ ...QUESTION, maxTokens: 100_000 }), { code: 'engine-error' });
  });

  test('passes on what its listener throws, and closes the request', async (t) => {
    const { engine, server } = await setup(t, () => ({ pieces: events(textEvent('a')), end: 'hold' }));
    const onEvent = (event: AnswerEvent): void => {
      if (event.type === 'text') throw new RangeError('enough');
    };
    await assert.rejects(engine.chat(QUESTION, { onEvent }), RangeError);
    await until(() => server.running() === 0);
    assert.equal(engine.state, 'ready');
  });

  test('to a prompt that the server cut in silence says so', async (t) => {
    const usage = (tokens: number) => ({
      choices: [],
      usage: { prompt_tokens: tokens, completion_tokens: 1 },
    });
    let tokens = 1_000;
    const { engine, onEvent, notes } = await setup(t, () => ({
      pieces: events(textEvent('a'), endEvent(), usage(tokens), '[DONE]'),
    }));
    const words = Array.from({ length: 1_000 }, (_, index) => `w${index}`).join(' ');
    const question = { messages: [{ role: 'user', content: words }] } as const;
    await engine.chat(question, { onEvent });
    assert.equal(notes(), '');
    tokens = 500;
    await engine.chat(question, { onEvent });
    assert.match(notes(), /read only 500 tokens/);
  });
});

describe('cancellation', () => {
  test('keeps the text so far and closes the request', async (t) => {
    const { engine, server } = await setup(t, () => ({
      pieces: events(textEvent('Once')),
      end: 'hold',
    }));
    const abort = new AbortController();
    const onEvent = (event: AnswerEvent): void => {
      if (event.type === 'text') abort.abort();
    };
    const { text, stopReason } = await engine.chat(QUESTION, { signal: abort.signal, onEvent });
    assert.deepEqual([text, stopReason], ['Once', 'cancelled']);
    await until(() => server.running() === 0);
    assert.equal(engine.state, 'ready');
  });

  test('ends all requests of a model that is unloaded', async (t) => {
    const { engine, server } = await setup(t, () => ({ pieces: [], end: 'hold' }));
    const answers = [engine.chat(QUESTION), engine.complete({ prompt: 'a' })];
    await until(() => server.running() === 2);
    await engine.unload();
    assert.deepEqual(
      (await Promise.all(answers)).map(({ stopReason }) => stopReason),
      ['cancelled', 'cancelled'],
    );
    await until(() => server.running() === 0);
    assert.equal(engine.state, 'unloaded');
    await assert.rejects(engine.chat(QUESTION), { code: 'no-model' });
  });

  test('of every other one of 200 requests, 20 at once, leaves no request and few connections', async (t) => {
    const { engine, server } = await setup(t, async ({ body }) => {
      const isLong = JSON.stringify(body).includes('long');
      return {
        pieces: events(textEvent('a'), ...(isLong ? [] : [endEvent(), '[DONE]'])),
        end: isLong ? 'hold' : undefined,
      };
    });
    const results = new Map<string, number>();
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < 200) {
        const isLong = next++ % 2 === 1;
        const abort = new AbortController();
        const content = isLong ? 'long' : 'short';
        const onEvent = (event: AnswerEvent): void => {
          if (isLong && event.type === 'text') abort.abort();
        };
        const { stopReason, text } = await engine.chat(
          { messages: [{ role: 'user', content }] },
          { signal: abort.signal, onEvent },
        );
        const key = `${stopReason} ${text}`;
        results.set(key, (results.get(key) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 20 }, worker));
    assert.deepEqual(Object.fromEntries(results), { 'end a': 100, 'cancelled a': 100 });
    await until(() => server.running() === 0 && server.connections() <= 20);
    assert.equal(engine.state, 'ready');
  });

  test('a connection is used again after an answer', async (t) => {
    const { engine, server } = await setup(t, () => HELLO);
    const before = server.connections();
    for (let count = 0; count < 9; count++) await engine.chat(QUESTION);
    assert.ok(server.connections() <= before, `${server.connections()} after ${before}`);
  });
});

describe('what is sent', () => {
  test('the key goes to the endpoint, and not where it redirects to', async (t) => {
    const other = await startScriptedServer(() => HELLO);
    t.after(() => other.close());
    const { engine, asked } = await setup(
      t,
      () => ({ status: 307, headers: { location: `${other.url}/chat/completions` } }),
      { key: 'sk-test' },
    );
    await assert.rejects(engine.chat(QUESTION), { message: /redirects to another address/ });
    assert.equal(asked()[0]?.headers.authorization, 'Bearer sk-test');
    assert.equal(other.requests.length, 0);
  });

  test('messages, images, calls and results in OpenAI’s words', async (t) => {
    const { engine, asked } = await setup(t, () => HELLO);
    const call = { id: 'c1', name: 'read_file', arguments: { path: 'a.ts' } };
    await engine
      .chat({
        messages: [
          { role: 'system', content: 'S' },
          { role: 'user', content: 'U', images: [{ mediaType: 'image/png', bytes: Uint8Array.of(1, 2) }] },
          { role: 'assistant', content: '', toolCalls: [call] },
          { role: 'tool', content: 'R', callId: 'c1' },
        ],
        tools: [READ],
        toolMode: 'required',
        maxTokens: 9,
        sampling: { temperature: 0.5, topK: 4, topP: 0.9 },
        outputSchema: { type: 'object' },
      })
      .catch(() => {});
    assert.deepEqual(asked()[0]?.body, {
      model: 'm',
      messages: [
        { role: 'system', content: 'S' },
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AQI=' } },
            { type: 'text', text: 'U' },
          ],
        },
        {
          role: 'assistant',
          content: '',
          tool_calls: [
            { id: 'c1', type: 'function', function: { name: 'read_file', arguments: '{"path":"a.ts"}' } },
          ],
        },
        { role: 'tool', content: 'R', tool_call_id: 'c1', name: 'read_file' },
      ],
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 9,
      temperature: 0.5,
      top_p: 0.9,
      tools: [{ type: 'function', function: { name: 'read_file', parameters: READ.inputSchema } }],
      tool_choice: 'required',
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'answer', strict: true, schema: { type: 'object' } },
      },
    });
  });

  test('thoughts are turned off, and a message is gone on with, in the words of vLLM', async (t) => {
    const list = { json: { object: 'list', data: [{ id: 'm', owned_by: 'vllm', max_model_len: 100 }] } };
    const { engine, asked } = await setup(t, () => HELLO, { list });
    await engine.chat({
      messages: [...QUESTION.messages, { role: 'assistant', content: 'He' }],
      thinking: false,
      sampling: { topK: 3, repeatPenalty: 1.1 },
    });
    const body = asked().at(-1)?.body ?? {};
    assert.deepEqual(body['chat_template_kwargs'], { enable_thinking: false });
    assert.deepEqual([body['continue_final_message'], body['add_generation_prompt']], [true, false]);
    assert.deepEqual([body['top_k'], body['repetition_penalty']], [3, 1.1]);
    assert.equal(engine.loaded?.closesThoughts, false);
  });

  test('a tool that must be called is named to llama-cpp-python, and texts are counted there', async (t) => {
    const { engine, asked } = await setup(
      t,
      ({ path }) => (path === '/extras/tokenize/count' ? { json: { count: 7 } } : HELLO),
      {
        list: { json: { object: 'list', data: [{ id: 'm', owned_by: 'me' }] } },
        get: { '/openapi.json': { info: { title: '🦙 llama.cpp Python API' } } },
      },
    );
    assert.equal(await engine.count('abc'), 7);
    assert.deepEqual(asked().at(-1)?.body, { model: 'm', input: 'abc' });
    const choose = async (...tools: (typeof READ)[]) => {
      await engine.chat({ ...QUESTION, tools, toolMode: 'required' }).catch(() => {});
      return asked().findLast(({ body }) => body?.['tools'] !== undefined)?.body?.['tool_choice'];
    };
    assert.deepEqual(await choose(READ), { type: 'function', function: { name: 'read_file' } });
    assert.equal(await choose(READ, { ...READ, name: 'other' }), 'required');
  });

  test('earlier thoughts stand in the field that Ollama reads', async (t) => {
    const { engine, asked } = await setup(t, ({ path }) => (path === '/api/show' ? undefined : HELLO), {
      get: { '/api/version': { version: '0.17.4' } },
    });
    const earlier = { role: 'assistant', content: 'Yes.', thought: 'Hm.' } as const;
    await engine.chat({ messages: [...QUESTION.messages, earlier, ...QUESTION.messages] });
    const sent = asked().findLast(({ path }) => path === '/v1/chat/completions')?.body?.[
      'messages'
    ] as object[];
    assert.deepEqual(sent[1], { role: 'assistant', content: 'Yes.', reasoning: 'Hm.' });
  });

  const thought = { role: 'assistant', content: '', thought: 'Hm.' } as const;
  const templates = [
    ['closes it', 'U<think>\noci-models-probe\n</think>\n\n', true],
    ['leaves it open', 'U<think>\noci-models-probe', false],
    ['has no place for it', 'U<assistant>', false],
    ['cannot be asked', undefined, false],
  ] as const;
  for (const [what, prompt, closesThoughts] of templates) {
    test(`a thought is gone on from if the template of llama-server ${what}`, async (t) => {
      const { engine, asked } = await setup(
        t,
        ({ path }) => {
          if (path === '/v1/chat/completions') return HELLO;
          return path === '/apply-template' && prompt !== undefined ? { json: { prompt } } : undefined;
        },
        { list: { json: { object: 'list', data: [{ id: 'm', owned_by: 'llamacpp' }] } } },
      );
      assert.equal(engine.loaded?.closesThoughts, closesThoughts);
      const probe = asked().find(({ path }) => path === '/apply-template')?.body ?? {};
      const words = { continue_final_message: 'content', add_generation_prompt: false };
      const probed = { role: 'assistant', content: '', reasoning_content: 'oci-models-probe' };
      assert.deepEqual(probe, { model: 'm', messages: [{ role: 'user', content: '' }, probed], ...words });
      await engine.chat({ messages: [...QUESTION.messages, thought], maxThoughtTokens: 1 });
      assert.deepEqual(asked().at(-1)?.body, {
        model: 'm',
        messages: [...QUESTION.messages, { role: 'assistant', content: '', reasoning_content: 'Hm.' }],
        stream: true,
        stream_options: { include_usage: true },
        return_progress: true,
        cache_prompt: true,
        ...words,
      });
      await engine.chat({ messages: [...QUESTION.messages, { role: 'assistant', content: 'He' }] });
      assert.equal(asked().at(-1)?.body?.['continue_final_message'], undefined);
    });
  }
});

describe('filling in', () => {
  const prompt = hole.prompt({ prefix: 'a = ', suffix: '\nb' });
  const llamaList = {
    json: { object: 'list', data: [{ id: 'm', owned_by: 'llamacpp', meta: { n_ctx: 512 } }] },
  };

  test('asks llama-server’s own path, and ends before the text becomes unlikely', async (t) => {
    const piece = (content: string, probability: number) => ({
      index: 0,
      content,
      stop: false,
      completion_probabilities: [{ token: content, logprob: Math.log(probability) }],
    });
    const { engine, server, asked } = await setup(
      t,
      ({ path }) => {
        if (path === '/tokenize') return { json: { tokens: [{ id: 1, piece: '<|fim_prefix|>' }] } };
        if (path !== '/infill') return undefined;
        return { pieces: events(piece('1', 0.9), piece(' +', 0.9), piece(' 2', 0.5)), end: 'hold' };
      },
      { list: llamaList },
    );
    assert.equal(engine.loaded?.infill, true);
    const result = await engine.infill({ prompt, maxTokens: 8, minJointProbability: 0.7 });
    assert.deepEqual([result.text, result.stopReason], ['1 +', 'unlikely']);
    assert.ok(Math.abs((result.probability ?? 0) - 0.81) < 1e-9);
    const body = asked().at(-1)?.body ?? {};
    assert.deepEqual([body['input_prefix'], body['input_suffix'], body['n_predict']], ['a = ', '\nb', 8]);
    await until(() => server.running() === 0);
  });

  const surroundings = {
    repository: 'shop',
    path: 'cart.py',
    files: [
      { path: 'tax.py', text: 'TAX = 2' },
      { path: 'marks.py', text: 'A = "<|file_sep|>"' },
    ],
  };

  test('gives llama-server the texts of other places', async (t) => {
    const { engine, asked } = await setup(
      t,
      ({ path }) => {
        if (path === '/tokenize') return { json: { tokens: [{ id: 1, piece: '<|fim_prefix|>' }] } };
        return path === '/infill' ? { pieces: events({ content: '1', stop: true }) } : undefined;
      },
      { list: llamaList },
    );
    assert.equal((await engine.infill({ prompt, surroundings })).text, '1');
    assert.deepEqual(
      asked().at(-1)?.body?.['input_extra'],
      surroundings.files.map(({ path, text }) => ({ filename: path, text })),
    );
  });

  test('writes the texts of other places as the model was trained with them, but none with a mark in it', async (t) => {
    const { engine, asked } = await setup(
      t,
      () => ({ pieces: events({ choices: [{ text: '1', finish_reason: 'stop' }] }) }),
      { model: 'Qwen/Qwen2.5-Coder-7B' },
    );
    await engine.infill({ prompt, surroundings });
    assert.equal(
      asked()[0]?.body?.['prompt'],
      '<|repo_name|>shop\n<|file_sep|>tax.py\nTAX = 2\n<|file_sep|>cart.py\n<|fim_prefix|>a = <|fim_suffix|>\nb<|fim_middle|>',
    );
  });

  test('is not possible with a model without marks', async (t) => {
    const { engine } = await setup(
      t,
      ({ path }) => (path === '/tokenize' ? { json: { tokens: [{ id: 1, piece: 'x' }] } } : undefined),
      { list: llamaList },
    );
    assert.equal(engine.loaded?.infill, false);
  });

  test('writes the marks of a model that is known by its name', async (t) => {
    const { engine, asked } = await setup(
      t,
      () => ({ pieces: events({ choices: [{ text: '1<|file_sep|>x', finish_reason: null }] }) }),
      { model: 'Qwen/Qwen2.5-Coder-7B' },
    );
    assert.equal(engine.loaded?.infill, true);
    assert.equal((await engine.infill({ prompt })).text, '1');
    assert.equal(asked()[0]?.body?.['prompt'], '<|fim_prefix|>a = <|fim_suffix|>\nb<|fim_middle|>');
    // A mark in the user's own text would be read as one.
    const own = hole.prompt({ prefix: 'x = "<|fim_suffix|>', suffix: '' });
    assert.equal((await engine.infill({ prompt: own })).text, '');
    assert.equal(asked().length, 1);
  });

  test('leaves the form to Ollama, which gets the suffix', async (t) => {
    const { engine, asked } = await setup(
      t,
      ({ path }) => {
        if (path === '/api/show') return { json: { capabilities: ['completion', 'insert'], model_info: {} } };
        if (path !== '/v1/completions') return undefined;
        return { pieces: events({ choices: [{ text: '1', finish_reason: 'stop' }] }, '[DONE]') };
      },
      { get: { '/api/version': { version: '0.13' } } },
    );
    assert.equal((await engine.infill({ prompt })).text, '1');
    const body = asked().at(-1)?.body ?? {};
    assert.deepEqual([body['prompt'], body['suffix']], ['a = ', '\nb']);
  });
});

describe('tokens', () => {
  test('are counted by a server that counts, once for each text', async (t) => {
    const list = { json: { object: 'list', data: [{ id: 'm', owned_by: 'vllm' }] } };
    const { engine, asked } = await setup(t, () => ({ json: { count: 7, tokens: [] } }), { list });
    assert.deepEqual([await engine.count('abc'), await engine.count('abc')], [7, 7]);
    assert.deepEqual(asked()[0]?.body, { model: 'm', prompt: 'abc', add_special_tokens: false });
    assert.equal(asked().length, 1);
  });

  test('are estimated for a server that does not', async (t) => {
    const { engine } = await setup(t, () => undefined);
    assert.equal(await engine.count('x'.repeat(300)), 100);
  });

  test('are learned from answers, but not from one whose prompt had images, which count as well', async (t) => {
    const usage = { prompt_tokens: 1_000, completion_tokens: 1 };
    const reply = { pieces: events(textEvent('Hi'), { choices: [], usage }, endEvent(), '[DONE]') };
    const { engine } = await setup(t, () => reply);
    const content = 'word '.repeat(400);
    const images = [{ mediaType: 'image/png', bytes: Uint8Array.of(1) }];
    await engine.chat({ messages: [{ role: 'user', content, images }] });
    assert.equal(await engine.count('x'.repeat(300)), 100);
    await engine.chat({ messages: [{ role: 'user', content }] });
    assert.equal(await engine.count('x'.repeat(300)), Math.ceil(300 / (2 * 0.9)));
  });
});

describe('a context', () => {
  test('that Ollama allocates with the first answer counts from then on', async (t) => {
    const running: { name: string; context_length: number }[] = [];
    const { engine } = await setup(
      t,
      ({ path }) => {
        if (path === '/api/show')
          return {
            json: {
              capabilities: ['completion'],
              model_info: { 'general.architecture': 'a', 'a.context_length': 40_960 },
            },
          };
        running.push({ name: 'm', context_length: 16_384 });
        return HELLO;
      },
      { get: { '/api/version': { version: '0.13' }, '/api/ps': { models: running } } },
    );
    assert.deepEqual([engine.loaded?.contextTokens, engine.loaded?.trainContextTokens], [4_096, 40_960]);
    await engine.chat(QUESTION);
    await until(() => engine.loaded?.contextTokens === 16_384);
    assert.equal(engine.state, 'ready');
  });
});

describe('a server that is gone', () => {
  test('is asked anew what it serves', async (t) => {
    const { engine, server } = await setup(t, () => HELLO);
    const states: string[] = [];
    engine.onDidChangeState((state) => states.push(state));
    await server.close();
    await assert.rejects(engine.chat(QUESTION), { code: 'offline' });
    assert.deepEqual([engine.state, states], ['unloaded', ['generating', 'unloaded']]);
  });

  test('or has another model now, says so', async (t) => {
    const server = await startScriptedServer(() => modelList('other'));
    t.after(() => server.close());
    await assert.rejects(loadEndpoint(t, server.url, 'm'), {
      code: 'not-found',
      message: /does not serve m any longer/,
    });
  });
});

describe('finding out what a server is', () => {
  test('waits for each answer no longer than was asked for', async (t) => {
    const server = await startScriptedServer(({ path }) =>
      path === '/v1/models' ? modelList('m') : undefined,
    );
    t.after(() => server.close());
    const waits: (readonly [path: string, ms: number | undefined])[] = [];
    class WatchedClient extends HttpClient {
      override send(request: Parameters<HttpClient['send']>[0]): ReturnType<HttpClient['send']> {
        waits.push([request.url.pathname, request.headersTimeoutMs]);
        return super.send(request);
      }
    }
    const http = new WatchedClient();
    t.after(() => http.close());
    const access = { http: () => http, secret: async () => undefined };
    await findEndpoint(access, new URL(server.url), { timeoutMs: 3_000 });
    assert.ok(waits.length > 1, 'paths of programs are tried as well');
    assert.deepEqual(
      waits.filter(([, ms]) => ms !== 3_000),
      [],
    );
  });
});
