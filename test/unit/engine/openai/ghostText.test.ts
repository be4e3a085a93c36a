/** Code completions of a model on a server, from the cursor to what is shown: with the gate where the server tells probabilities. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { createCompleter, type Place } from '../../../../src/assist/index.ts';
import { hole } from '../../../../src/inference/format/fim/index.ts';
import { loadEndpoint } from '../../../support/endpointEngine.ts';
import { events, type ScriptedReply, startScriptedServer } from '../../../support/scriptedServer.ts';

const MODEL = 'Qwen/Qwen2.5-Coder-7B';
const PLACE: Place = { document: 'file:///a.ts', prefix: 'function add(a, b) {\n  ', suffix: '\n}\n' };
/** Pieces with the probability of each. */
const PIECES = [
  ['return', 0.95],
  [' a', 0.9],
  [' - b;', 0.4],
] as const;

type Event = (text: string, probability: number) => object;

/** A chunk of OpenAI's form, as vLLM writes it. */
const withLogprobs: Event = (text, probability) => ({
  choices: [{ index: 0, text, logprobs: { tokens: [text], token_logprobs: [Math.log(probability)] } }],
});
const plain: Event = (text) => ({ choices: [{ index: 0, text, logprobs: null }] });
/** A chunk of llama-server's own path. */
const own: Event = (content, probability) => ({
  index: 0,
  content,
  stop: false,
  completion_probabilities: [{ token: content, logprob: Math.log(probability) }],
});

async function setup(t: TestContext, owner: string, path: string, event: Event) {
  const list = { object: 'list', data: [{ id: MODEL, owned_by: owner, meta: { n_ctx: 4_096 } }] };
  const server = await startScriptedServer((request): ScriptedReply | undefined => {
    if (request.method !== 'POST') return request.path === '/v1/models' ? { json: list } : undefined;
    if (request.path === '/tokenize') return { json: { tokens: [{ id: 1, piece: '<|fim_prefix|>' }] } };
    return request.path === path
      ? { pieces: events(...PIECES.map(([text, probability]) => event(text, probability)), '[DONE]') }
      : undefined;
  });
  t.after(() => server.close());
  const engine = await loadEndpoint(t, server.url, MODEL);
  const completer = createCompleter({
    engine: {
      infill: (...given) => engine.infill(...given),
      count: (...given) => engine.count(...given),
    },
    format: hole,
    contextTokens: 4_096,
    prefetches: false,
    pause: async () => {},
  });
  t.after(() => completer.dispose());
  const asked = () => server.requests.filter((request) => request.path === path);
  return { completer, asked };
}

const WITH_GATE: readonly [name: string, owner: string, path: string, event: Event][] = [
  ['llama-server’s own path', 'llamacpp', '/infill', own],
  ['vLLM', 'vllm', '/v1/completions', withLogprobs],
];

describe('completions of a model on a server', () => {
  for (const [name, owner, path, event] of WITH_GATE) {
    test(`end before they become unlikely, with ${name}`, async (t) => {
      const { completer, asked } = await setup(t, owner, path, event);
      const found = await completer.complete(PLACE);
      assert.equal(found?.text, 'return a');
      assert.ok(Math.abs((found?.probability ?? 0) - 0.95 * 0.9) < 1e-9, `${found?.probability}`);
      // Typing along with it needs no further request.
      const typed = { ...PLACE, prefix: `${PLACE.prefix}ret` };
      assert.equal((await completer.complete(typed))?.text, 'urn a');
      assert.equal(asked().length, 1);
      const { body } = asked()[0] ?? assert.fail();
      if (path === '/infill') assert.deepEqual([body?.['input_suffix'], body?.['n_probs']], ['\n}\n', 1]);
      else assert.equal(body?.['logprobs'], 1);
      // Whoever asks for it sees all of it.
      const explicit = await completer.complete({ ...PLACE, document: 'file:///b.ts' }, { isExplicit: true });
      assert.equal(explicit?.text, 'return a - b;');
    });
  }

  test('are shown as they come by a server that tells no probabilities', async (t) => {
    const { completer, asked } = await setup(t, 'somebody', '/v1/completions', plain);
    const found = await completer.complete(PLACE);
    assert.deepEqual(found, { text: 'return a - b;', probability: undefined });
    assert.equal(asked()[0]?.body?.['logprobs'], undefined);
    assert.equal(
      asked()[0]?.body?.['prompt'],
      `<|fim_prefix|>${PLACE.prefix}<|fim_suffix|>${PLACE.suffix}<|fim_middle|>`,
    );
  });

  test('are shown as they come if a server leaves out the probabilities that it was asked for', async (t) => {
    const { completer } = await setup(t, 'vllm', '/v1/completions', plain);
    assert.deepEqual(await completer.complete(PLACE), { text: 'return a - b;', probability: undefined });
  });
});
