/**
 * Answers of seven servers, recorded or made after their sources (said beside each), as an engine reads them: in one piece,
 * and cut anywhere.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isModelError } from '../../../../src/base/error.ts';
import { listModels } from '../../../../src/engine/index.ts';
import type { AnswerEvent, ToolDefinition } from '../../../../src/inference/index.ts';
import { endpointAccess, loadEndpoint } from '../../../support/endpointEngine.ts';
import { randomFrom } from '../../../support/random.ts';
import { type ScriptedHandler, startScriptedServer } from '../../../support/scriptedServer.ts';
import { SEED } from '../../../support/seed.ts';

interface Expected {
  readonly text: string;
  readonly thought: string;
  readonly calls: readonly { readonly name: string; readonly arguments: object }[];
  readonly stopReason: string;
  readonly promptTokens?: number;
  readonly answerTokens?: number;
  /** Code of an error, and a pattern of its message. */
  readonly error?: string;
  readonly message?: string;
  /** A part of a note. */
  readonly note?: string;
}

interface Case {
  readonly name: string;
  readonly origin: string;
  readonly form?: 'completion';
  readonly status?: number;
  /** Content type; that of events where absent. */
  readonly type?: string;
  readonly tools?: readonly ToolDefinition[];
  readonly body: string;
  readonly expect: Expected;
}

interface Recorded {
  readonly server: string;
  readonly models: {
    readonly origin: string;
    readonly json: unknown;
    readonly expect: Record<string, unknown>;
  };
  /** Answers below the root by path, and by path and model for a POST; `*` is for all others. */
  readonly paths: Readonly<Record<string, unknown>>;
  readonly cases: readonly Case[];
}

const FOLDER = fileURLToPath(new URL('../../../fixtures/endpoints/', import.meta.url));
const RECORDED = readdirSync(FOLDER).map(
  (name) => JSON.parse(readFileSync(`${FOLDER}${name}`, 'utf8')) as Recorded,
);

/** Cuts bytes at random places. */
function cut(bytes: Buffer, random: () => number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + Math.floor(random() * Math.max(1, bytes.length / 12));
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  return pieces;
}

function handlerOf(
  recorded: Recorded,
  { status, type, body }: Case,
  pieces: () => Buffer[],
): ScriptedHandler {
  return ({ method, path, body: asked }) => {
    const plain = path.split('?')[0] ?? '';
    if (plain === '/v1/models') return { json: recorded.models.json };
    if (method === 'POST' && /completions$/.test(plain)) {
      const json = status !== undefined || body.startsWith('{');
      const contentType = type ?? (json ? 'application/json' : 'text/event-stream');
      return { status, pieces: pieces(), headers: { 'content-type': contentType } };
    }
    const key = asked === undefined ? plain : `${plain} ${String(asked['model'])}`;
    const json = recorded.paths[key] ?? recorded.paths['*'];
    return json === undefined ? undefined : { json };
  };
}

async function play(t: TestContext, recorded: Recorded, one: Case, pieces: () => Buffer[]): Promise<void> {
  const server = await startScriptedServer(handlerOf(recorded, one, pieces));
  t.after(() => server.close());
  const engine = await loadEndpoint(t, server.url, String(recorded.models.expect['id']));
  const events: AnswerEvent[] = [];
  const { expect } = one;
  const request = { messages: [{ role: 'user', content: 'Read a.txt.' }], tools: one.tools } as const;
  const answer =
    one.form === 'completion'
      ? engine.complete({ prompt: 'x' }).then((result) => ({ ...result, thought: '', toolCalls: [] }))
      : engine.chat(request, { onEvent: (event) => events.push(event) });
  const said = (type: 'text' | 'thought'): string =>
    events.map((event) => (event.type === type ? event.text : '')).join('');
  if (expect.error !== undefined) {
    const error = await answer.then(
      () => assert.fail('it must fail'),
      (failure: unknown) => failure,
    );
    assert.ok(isModelError(error), String(error));
    assert.equal(error.code, expect.error);
    assert.match(error.message, new RegExp(expect.message ?? ''));
    assert.equal(said('text'), expect.text, 'what came before the error is told');
    return;
  }
  const result = await answer;
  const calls = result.toolCalls.map(({ name, arguments: given }) => ({ name, arguments: given }));
  assert.deepEqual(
    { text: result.text, thought: result.thought, calls, stopReason: result.stopReason },
    { text: expect.text, thought: expect.thought, calls: expect.calls, stopReason: expect.stopReason },
  );
  if (expect.promptTokens !== undefined) assert.equal(result.promptTokens, expect.promptTokens);
  if (expect.answerTokens !== undefined) assert.equal(result.answerTokens, expect.answerTokens);
  assert.equal(new Set(result.toolCalls.map(({ id }) => id)).size, calls.length);
  if (one.form === 'completion') return;
  assert.equal(said('text'), expect.text);
  const notes = events.flatMap((event) => (event.type === 'note' ? [event.text] : [])).join('\n');
  if (expect.note !== undefined) assert.match(notes, new RegExp(expect.note));
}

for (const recorded of RECORDED) {
  describe(`answers of ${recorded.server}`, () => {
    const { models } = recorded;
    test(`its models (${models.origin})`, async (t) => {
      const server = await startScriptedServer(handlerOf(recorded, recorded.cases[0] as Case, () => []));
      t.after(() => server.close());
      const found = await listModels(endpointAccess(t), new URL(server.url));
      const { server: name, ...expected } = models.expect;
      assert.equal(found.server, name);
      const model = found.models.find(({ id }) => id === expected['id']);
      const { abilities = {}, ...facts } = expected;
      const compared = Object.fromEntries(
        Object.keys(facts).map((key) => [key, (model as unknown as Record<string, unknown>)[key]]),
      );
      assert.deepEqual(compared, facts);
      const told: Readonly<Record<string, unknown>> = { ...model?.abilities };
      for (const [ability, value] of Object.entries(abilities as object))
        assert.equal(told[ability], value, ability);
      assert.ok(!found.models.some(({ id }) => /embed/.test(id)) || name === 'vLLM', 'no embeddings');
    });
    for (const one of recorded.cases) {
      test(`${one.name} (${one.origin})`, async (t) => {
        const bytes = Buffer.from(one.body);
        const random = randomFrom(SEED);
        await play(t, recorded, one, () => [bytes]);
        await play(t, recorded, one, () => cut(bytes, random));
      });
    }
  });
}
