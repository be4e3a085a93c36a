/** Tools on a server: those that it would drop are written as text, and a call that is required comes with a second try. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import type { AnswerEvent, ChatRequest } from '../../../../src/inference/index.ts';
import { endpointAccess, loadEndpoint } from '../../../support/endpointEngine.ts';
import {
  endEvent,
  events,
  modelList,
  type ScriptedReply,
  type ScriptedRequest,
  startScriptedServer,
  textEvent,
} from '../../../support/scriptedServer.ts';
import { until } from '../../../support/until.ts';

const QUESTION = { role: 'user', content: 'Read a.txt.' } as const;
const READ = {
  name: 'read_file',
  description: 'Reads a file.',
  inputSchema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] },
};
const LIST = { name: 'list', inputSchema: { type: 'object', properties: {} } };
const REQUIRED: ChatRequest = { messages: [QUESTION], tools: [READ], toolMode: 'required', maxTokens: 9 };
const CALL = '{"name": "read_file", "arguments": {"path": "a.txt"}}';
const SCHEMA = callForm(READ.name, READ.inputSchema);
const DESCRIBED = [
  '# Tools\n\nYou may call one or more functions to assist with the user query.\n',
  'You are provided with function signatures within <tools></tools> XML tags:\n<tools>',
  '{"type": "function", "function": {"name": "read_file", "description": "Reads a file.", "parameters": {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}}}',
  '</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:',
  '<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>',
].join('\n');
const INSTRUCTIONS = { role: 'system', content: DESCRIBED } as const;

/** Lists of models by which servers are recognized. */
const LISTS = {
  'llama-server': { owned_by: 'llamacpp' },
  vLLM: { owned_by: 'vllm' },
  'Docker Model Runner': { owned_by: 'docker' },
} as const;
type Known = keyof typeof LISTS;

function callForm(name: string, args: object): object {
  return {
    type: 'object',
    properties: { name: { const: name }, arguments: args },
    required: ['name', 'arguments'],
    additionalProperties: false,
  };
}

function format(schema: object): object {
  return { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } };
}

function says(...texts: readonly string[]): ScriptedReply {
  return { pieces: events(...texts.map(textEvent), endEvent(), '[DONE]') };
}

/** A server that gives its answers in turn. @param knowsTools as llama-server tells it of its template. */
async function setup(
  t: TestContext,
  server: Known | undefined,
  replies: ScriptedReply[],
  { knowsTools }: { knowsTools?: boolean } = {},
) {
  const list = {
    json: { data: [{ id: 'm', ...(server === undefined ? { owned_by: 'x' } : LISTS[server]) }] },
  };
  const scripted = await startScriptedServer(({ method, path }) => {
    if (path === '/v1/models') return list;
    if (path.startsWith('/props') && knowsTools !== undefined)
      return { json: { chat_template_caps: { supports_tools: knowsTools } } };
    return method === 'POST' && path === '/v1/chat/completions' ? replies.shift() : undefined;
  });
  t.after(() => scripted.close());
  const engine = await loadEndpoint(t, scripted.url, 'm', endpointAccess(t));
  const told: AnswerEvent[] = [];
  return {
    engine,
    server: scripted,
    told,
    onEvent: (event: AnswerEvent): void => void told.push(event),
    notes: () => told.flatMap((event) => (event.type === 'note' ? [event.text] : [])).join('\n'),
    asked: (): ScriptedRequest[] => scripted.requests.filter(({ path }) => path === '/v1/chat/completions'),
  };
}

describe('a call that is required and did not come', () => {
  for (const server of ['vLLM', 'Docker Model Runner'] as const) {
    test(`is asked for under its schema on ${server}`, async (t) => {
      const { engine, asked, told, onEvent } = await setup(t, server, [says('Sure', '.'), says(CALL)]);
      const answer = await engine.chat({ ...REQUIRED, stop: ['\n'], thinking: true }, { onEvent });
      assert.deepEqual(
        answer.toolCalls.map(({ name, arguments: given }) => ({ name, given })),
        [{ name: 'read_file', given: { path: 'a.txt' } }],
      );
      assert.deepEqual([answer.text, answer.stopReason], ['Sure.', 'toolCalls']);
      assert.equal(asked()[0]?.body?.['tool_choice'], 'required');
      assert.deepEqual(asked()[1]?.body, {
        model: 'm',
        messages: [INSTRUCTIONS, QUESTION],
        stream: true,
        stream_options: { include_usage: true },
        max_tokens: 9,
        chat_template_kwargs: { enable_thinking: false },
        response_format: format(SCHEMA),
      });
      assert.deepEqual(
        told.map(({ type }) => type),
        ['text', 'text', 'toolCall', 'usage'],
      );
      assert.deepEqual(told.at(-1), { type: 'usage', usage: { ...usageOf(answer), answerTokens: 3 } });
    });
  }

  test('may be one of several', async (t) => {
    const { engine, asked } = await setup(t, 'vLLM', [says('No.'), says('{"name":"list","arguments":{}}')]);
    const answer = await engine.chat({ ...REQUIRED, tools: [READ, LIST] });
    assert.equal(answer.toolCalls[0]?.name, 'list');
    const schema = { anyOf: [SCHEMA, callForm('list', LIST.inputSchema)] };
    assert.deepEqual(asked()[1]?.body?.['response_format'], format(schema));
  });

  for (const [status, message] of [
    [400, 'JSON schema conversion failed'],
    [500, 'invalid JSON schema in format'],
  ] as const) {
    test(`is asked for with any arguments if the server refuses their schema with ${status}`, async (t) => {
      const refusal = { status, json: { error: { message } } };
      const { engine, asked } = await setup(t, 'vLLM', [says('No.'), refusal, says(CALL)]);
      assert.equal((await engine.chat(REQUIRED)).toolCalls.length, 1);
      const anything = callForm(READ.name, { type: 'object', additionalProperties: true });
      assert.deepEqual(asked()[2]?.body?.['response_format'], format(anything));
    });
  }

  test('is compared with the schema of its tool, and asked for once', async (t) => {
    const wrong = '{"name": "read_file", "arguments": {}}';
    const { engine, asked } = await setup(t, 'vLLM', [says('No.'), says(wrong)]);
    await assert.rejects(engine.chat(REQUIRED), { code: 'engine-error', message: /did not call a tool/ });
    assert.equal(asked().length, 2);
  });

  test('keeps marks of calls that stand in its arguments', async (t) => {
    const path = 'a </tool_call> b';
    const { engine } = await setup(t, 'vLLM', [
      says('No.'),
      says(JSON.stringify({ name: READ.name, arguments: { path } })),
    ]);
    assert.deepEqual((await engine.chat(REQUIRED)).toolCalls[0]?.arguments, { path });
  });

  test('is an error if it was cut as well, or fails', async (t) => {
    const cut = { pieces: events(textEvent('{"name": "read_'), endEvent('length'), '[DONE]') };
    const { engine } = await setup(t, 'vLLM', [says('No.'), cut]);
    await assert.rejects(engine.chat(REQUIRED), { code: 'engine-error', message: /ended at its limit/ });
    const { engine: other, asked } = await setup(t, 'vLLM', [
      says('No.'),
      { status: 500, json: { error: 'boom' } },
    ]);
    await assert.rejects(other.chat(REQUIRED), { code: 'engine-error', message: /boom/ });
    assert.equal(asked().length, 2);
  });

  test('is not asked for on a server that is not known to hold answers to a schema', async (t) => {
    const { engine, asked } = await setup(t, undefined, [says('No.'), says(CALL)]);
    await assert.rejects(engine.chat(REQUIRED), { message: /did not call a tool/ });
    assert.equal(asked().length, 1);
  });

  test('may be left, which closes the request and keeps the text', async (t) => {
    const { engine, server, asked } = await setup(t, 'vLLM', [says('No.'), { pieces: [], end: 'hold' }]);
    const abort = new AbortController();
    const answer = engine.chat(REQUIRED, { signal: abort.signal });
    await until(() => asked().length === 2);
    abort.abort();
    const { text, stopReason, toolCalls } = await answer;
    assert.deepEqual([text, stopReason, toolCalls], ['No.', 'cancelled', []]);
    await until(() => server.running() === 0);
    assert.equal(engine.state, 'ready');
  });
});

describe('tools that llama-server would drop, because its template has no place for them', () => {
  const earlier = { id: 'c1', name: 'read_file', arguments: { path: 'b.txt' } };
  const messages = [
    QUESTION,
    { role: 'assistant', content: 'Let me see.', toolCalls: [earlier, { ...earlier, id: 'c2' }] },
    { role: 'tool', content: 'B', callId: 'c1' },
    { role: 'tool', content: 'C', callId: 'c2' },
  ] as const;
  const written = '<tool_call>\n{"name": "read_file", "arguments": {"path": "b.txt"}}\n</tool_call>';

  test('are described in the instructions, with calls and results as text, which is said once', async (t) => {
    const replies = [says(`<tool_call>\n${CALL}\n</tool_call>`), says('Done.')];
    const { engine, asked, onEvent, notes } = await setup(t, 'llama-server', replies, { knowsTools: false });
    const system = { role: 'system', content: 'Be brief.' } as const;
    const answer = await engine.chat({ messages: [system, ...messages], tools: [READ] }, { onEvent });
    assert.deepEqual(answer.toolCalls[0]?.arguments, { path: 'a.txt' });
    const body = asked()[0]?.body ?? {};
    assert.deepEqual(body['messages'], [
      { role: 'system', content: `Be brief.\n\n${DESCRIBED}` },
      QUESTION,
      { role: 'assistant', content: `Let me see.\n${written}\n${written}` },
      {
        role: 'user',
        content: '<tool_response>\nB\n</tool_response>\n<tool_response>\nC\n</tool_response>',
      },
    ]);
    assert.deepEqual([body['tools'], body['tool_choice']], [undefined, undefined]);
    await engine.chat({ messages: [QUESTION], tools: [READ] }, { onEvent });
    assert.equal(notes().match(/described in the instructions/g)?.length, 1);
  });

  test('are described once if a call has to be asked for', async (t) => {
    const replies = [says('No.'), says(CALL)];
    const { engine, asked } = await setup(t, 'llama-server', replies, { knowsTools: false });
    assert.equal((await engine.chat(REQUIRED)).toolCalls.length, 1);
    assert.deepEqual(asked()[1]?.body?.['messages'], [INSTRUCTIONS, QUESTION]);
    assert.deepEqual(asked()[1]?.body?.['response_format'], format(SCHEMA));
  });

  test('are sent as tools if there is a place, and nothing is said', async (t) => {
    const { engine, asked, onEvent, notes } = await setup(t, 'llama-server', [says('Hi')], {
      knowsTools: true,
    });
    await engine.chat({ messages, tools: [READ] }, { onEvent });
    assert.ok(Array.isArray(asked()[0]?.body?.['tools']));
    assert.equal(notes(), '');
  });
});

describe('tools that a server refuses', () => {
  const refusal = (message: string): ScriptedReply => ({ status: 400, json: { error: { message } } });
  for (const message of [
    '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
    'registry.ollama.ai/library/m:latest does not support tools',
    'tools param requires --jinja flag',
  ]) {
    test(`are described in the instructions from then on: ${message}`, async (t) => {
      const called = says(`<tool_call>\n${CALL}\n</tool_call>`);
      const { engine, asked, onEvent, notes } = await setup(t, 'vLLM', [
        refusal(message),
        called,
        says('Hi'),
      ]);
      const request = { messages: [QUESTION], tools: [READ] };
      assert.equal((await engine.chat(request, { onEvent })).toolCalls[0]?.name, 'read_file');
      assert.equal((await engine.chat(request, { onEvent })).text, 'Hi');
      const bodies = asked().map(({ body = {} }) => [body['tools'] !== undefined, body['messages']]);
      const described = [false, [INSTRUCTIONS, QUESTION]];
      assert.deepEqual(bodies, [[true, [QUESTION]], described, described]);
      assert.equal(notes().match(/described in the instructions/g)?.length, 1);
    });
  }

  test('for another reason are an error', async (t) => {
    const { engine, asked } = await setup(t, 'vLLM', [refusal('too many tools')]);
    await assert.rejects(engine.chat({ messages: [QUESTION], tools: [READ] }), { message: /too many tools/ });
    assert.equal(asked().length, 1);
  });
});

describe('images of results', () => {
  const shown = (byte: number) => ({ mediaType: 'image/png', bytes: Uint8Array.of(byte) });
  const calls = ['c1', 'c2'].map((id) => ({ id, name: READ.name, arguments: {} }));
  const messages = [
    QUESTION,
    { role: 'assistant', content: '', toolCalls: calls },
    { role: 'tool', content: 'A', callId: 'c1', images: [shown(1)] },
    { role: 'tool', content: 'B', callId: 'c2', images: [shown(2)] },
    { role: 'assistant', content: 'Nice.' },
    { role: 'user', content: 'Why?' },
  ] as const;
  const parts = ['AQ==', 'Ag=='].map((data) => {
    return { type: 'image_url', image_url: { url: `data:image/png;base64,${data}` } };
  });

  test('stand behind the results, in a message of their own', async (t) => {
    const { engine, asked } = await setup(t, 'vLLM', [says('Hi')]);
    await engine.chat({ messages, tools: [READ] });
    const sent = asked()[0]?.body?.['messages'] as { role: string; content: unknown }[];
    assert.deepEqual(
      sent.map(({ role }) => role),
      ['user', 'assistant', 'tool', 'tool', 'user', 'assistant', 'user'],
    );
    assert.deepEqual(sent[4]?.content, [
      ...parts,
      { type: 'text', text: 'These images are of the results above.' },
    ]);
  });

  test('stand with them where they are text', async (t) => {
    const { engine, asked } = await setup(t, 'llama-server', [says('Hi')], { knowsTools: false });
    await engine.chat({ messages, tools: [READ] });
    const sent = asked()[0]?.body?.['messages'] as { role: string; content: unknown }[];
    const text = '<tool_response>\nA\n</tool_response>\n<tool_response>\nB\n</tool_response>';
    assert.deepEqual(sent[3]?.content, [...parts, { type: 'text', text }]);
  });
});

describe('a schema', () => {
  test('stands beside the word for any JSON for llama-cpp-python', async (t) => {
    const server = await startScriptedServer(({ path, method }) => {
      if (path === '/v1/models') return { json: { data: [{ id: 'm', owned_by: 'me' }] } };
      if (path === '/openapi.json') return { json: { info: { title: 'llama.cpp Python API' } } };
      return method === 'POST' ? says('{}') : undefined;
    });
    t.after(() => server.close());
    const engine = await loadEndpoint(t, server.url, 'm');
    const outputSchema = { type: 'object' };
    await engine.chat({ messages: [QUESTION], outputSchema });
    assert.deepEqual(server.requests.at(-1)?.body?.['response_format'], {
      type: 'json_object',
      schema: outputSchema,
    });
  });

  test('is OpenAI’s own for others', async (t) => {
    const server = await startScriptedServer(({ path }) =>
      path === '/v1/models' ? modelList('m') : says('{}'),
    );
    t.after(() => server.close());
    const engine = await loadEndpoint(t, server.url, 'm');
    await engine.chat({ messages: [QUESTION], outputSchema: { type: 'object' } });
    assert.deepEqual(server.requests.at(-1)?.body?.['response_format'], format({ type: 'object' }));
  });
});

function usageOf({ promptTokens, evaluatedTokens }: { promptTokens: number; evaluatedTokens: number }) {
  return { promptTokens, evaluatedTokens };
}
