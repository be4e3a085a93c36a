/** The model of completions: when it is loaded, what it reads ahead, and what is said of it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { silentLog } from '../../../../src/base/log.ts';
import type { AnsweringModel, Session } from '../../../../src/session/index.ts';
import { type Script, ScriptedEngine } from '../../../support/scriptedEngine.ts';
import '../../../support/vscodeStub.ts';

const { CompletionModel } = await import('../../../../src/vscode/completion/completionModel.ts');

const MARKS = ['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>'];
const PLACE = { document: 'file:///a.ts', prefix: 'f(', suffix: ');\n' };
const GB = 1e9;

interface Given extends Partial<Script> {
  readonly id?: string;
  readonly chosen?: string | undefined;
  readonly sizeBytes?: number | undefined;
}

/** A session of one model, which is chosen. */
function setup({ id = 'registry/coder:1', sizeBytes = 4 * GB, ...given }: Given = {}) {
  const engine = new ScriptedEngine({ answer: [], marks: MARKS, ...given });
  const model = { id, label: 'coder:1' } as unknown as AnsweringModel;
  const chosen = 'chosen' in given ? given.chosen : id;
  const session = {
    onDidChange: () => () => {},
    choice: async () => chosen,
    find: async (wanted: string) => (wanted === id ? model : undefined),
    engine: () => engine,
    isLoaded: () => engine.loaded !== undefined,
    load: async () => {
      const { contextTokens } = await engine.load({ kind: 'file', path: 'x' });
      return { engine, contextTokens, sizeBytes, defaults: {} };
    },
  } as unknown as Session;
  return { engine, completions: new CompletionModel(session, silentLog) };
}

const live = (): AbortSignal => new AbortController().signal;

describe('a file that is opened', () => {
  test('is read by the chosen model, which is loaded for it', async () => {
    const { engine, completions } = setup();
    await completions.warm(PLACE, live());
    assert.deepEqual(
      engine.infills.map(({ maxTokens }) => maxTokens),
      [1],
    );
    assert.equal(completions.status.kind, 'ready');
    completions.dispose();
  });

  test('loads nothing if no model was chosen, and asks no server', async () => {
    for (const given of [{ chosen: undefined }, { id: 'endpoint:http://127.0.0.1:1/v1#coder' }]) {
      const { engine, completions } = setup(given);
      await completions.warm(PLACE, live());
      assert.equal(engine.loaded, undefined);
      completions.dispose();
    }
  });

  test('is not read by a model that is answering, or after it was closed', async () => {
    const { engine, completions } = setup();
    const closed = new AbortController();
    closed.abort();
    await completions.warm(PLACE, closed.signal);
    Object.defineProperty(engine, 'state', { get: () => 'generating' });
    await completions.warm(PLACE, live());
    assert.equal(engine.infills.length, 0);
    completions.dispose();
  });
});

test('a slow model is told, with a smaller one', async () => {
  const { completions } = setup({ infill: () => [['nonsense', 0.1]] });
  const now = performance.now.bind(performance);
  let ahead = 0;
  // Each look at the clock finds it a second later.
  performance.now = () => {
    ahead += 1_000;
    return now() + ahead;
  };
  try {
    for (let key = 0; key < 8; key++)
      await completions.complete(
        { ...PLACE, prefix: `f(${'a'.repeat(key)}` },
        { signal: live(), isExplicit: false },
      );
  } finally {
    performance.now = now;
  }
  const { status } = completions;
  assert.match(status.kind === 'ready' ? (status.slow?.smaller ?? '') : '', /1\.5B/);
  completions.dispose();
});
