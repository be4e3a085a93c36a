/** Which engine runs what, and a second one behind the same contract. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  ENGINE_KINDS,
  EndpointEngine,
  EnginePool,
  engineFactory,
  ProcessEngine,
} from '../../../src/engine/index.ts';
import {
  type AnswerEvent,
  capability,
  type EndpointSource,
  type Engine,
} from '../../../src/inference/index.ts';
import { HttpClient } from '../../../src/oci/index.ts';
import { chat, file } from '../../support/chat.ts';
import { type ScriptedEngine, scriptedKind } from '../../support/scriptedEngine.ts';

const ENDPOINT: EndpointSource = { kind: 'endpoint', url: 'http://localhost:8000/v1', model: 'm' };
const SERVICES = { hostPath: '/nowhere' };
const CALL = { id: '1', name: 'read_file', arguments: { path: 'a.ts' } };
const ANSWER: readonly AnswerEvent[] = [
  { type: 'thought', text: 'hm' },
  { type: 'text', text: 'Let me see. ' },
  { type: 'toolCall', call: CALL },
];

describe('kinds of engines', () => {
  test('llama.cpp runs files, and a server its models if there is a way to it', () => {
    const create = engineFactory(SERVICES);
    assert.ok(create(file('/m/a.gguf')) instanceof ProcessEngine);
    assert.throws(() => create(ENDPOINT), { code: 'engine-error' });
    const endpoints = { http: () => new HttpClient(), secret: async () => undefined };
    assert.ok(engineFactory({ ...SERVICES, endpoints })(ENDPOINT) instanceof EndpointEngine);
  });

  test('the first that accepts a source runs it; the pool knows none of them', async () => {
    const created: ScriptedEngine[] = [];
    const kind = { ...scriptedKind({ answer: ANSWER }, created), accepts: () => true };
    const pool = new EnginePool(engineFactory(SERVICES, [kind, ...ENGINE_KINDS]));
    const engine = await pool.load('m', ENDPOINT);
    assert.deepEqual(created[0]?.source, ENDPOINT);
    const events: AnswerEvent[] = [];
    const result = await chat(engine, [{ role: 'user', content: 'Read a.ts.' }], {
      onEvent: (event) => events.push(event),
    });
    assert.deepEqual(events, ANSWER);
    assert.deepEqual(
      [result.text, result.thought, result.toolCalls, result.stopReason],
      ['Let me see. ', 'hm', [CALL], 'toolCalls'],
    );
    await pool.unloadAll();
    await assert.rejects(capability(engine, 'count')('x'), { code: 'no-model' });
  });

  test('an engine that cannot do something says so', () => {
    const engine: Engine = {
      state: 'ready',
      loaded: undefined,
      onDidChangeState: () => () => {},
      load: async () => assert.fail(),
      unload: async () => {},
    };
    assert.throws(() => capability(engine, 'infill'), { code: 'engine-error', message: /\(infill\)/ });
  });
});
