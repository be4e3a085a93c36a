/** The model of completions: when it is loaded, what it reads ahead, and what is said of it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { silentLog } from '../../../../src/base/log.ts';
import type { AnsweringModel, Session } from '../../../../src/session/index.ts';
import { type Script, ScriptedEngine } from '../../../support/scriptedEngine.ts';
import '../../../support/vscodeStub.ts';

const { FillIn } = await import('../../../../src/vscode/completion/fillIn.ts');
const { CompletionModel } = await import('../../../../src/vscode/completion/completionModel.ts');

const MARKS = ['<|fim_prefix|>', '<|fim_suffix|>', '<|fim_middle|>'];
const PLACE = { document: 'file:///a.ts', prefix: 'f(', suffix: ');\n' };
const GB = 1e9;

interface Given extends Partial<Script> {
  readonly id?: string;
  readonly chosen?: string | undefined;
  readonly sizeBytes?: number | undefined;
  readonly memory?: KeptResults;
}

/** Counts the results of self-tests. */
class KeptResults {
  results: unknown;
  updates = 0;
  get(): unknown {
    return this.results;
  }
  async update(_: string, results: unknown): Promise<void> {
    this.results = results;
    this.updates++;
  }
}

/** A session of one model, which is chosen. */
function setup(all: Given = {}) {
  const { id = 'registry/coder:1', sizeBytes = 4 * GB, memory = new KeptResults(), ...given } = all;
  const engine = new ScriptedEngine({ answer: [], marks: MARKS, ...given });
  const model = { id, label: 'coder:1', manifestDigest: 'sha256:1' } as unknown as AnsweringModel;
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
  return { engine, completions: new CompletionModel(session, new FillIn(memory, silentLog), silentLog) };
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
        { signal: live(), isExplicit: false, inComments: false },
      );
  } finally {
    performance.now = now;
  }
  const { status } = completions;
  assert.match(status.kind === 'ready' ? (status.slow?.smaller ?? '') : '', /1\.5B/);
  completions.dispose();
});

describe('a model that is used for the first time', () => {
  const ask = (completions: InstanceType<typeof CompletionModel>) =>
    completions.complete(PLACE, { signal: live(), isExplicit: true, inComments: false });
  /** Statements are likely in plain text, and not behind marks. */
  const untrained = (prompt: string): number => (prompt.includes('<|fim_middle|>') ? -40 : -8);

  test('is refused in one sentence if its marks make it worse, also when it is used again', async () => {
    const memory = new KeptResults();
    for (const score of [untrained, () => assert.fail('It was tested again.')]) {
      const { engine, completions } = setup({ score, memory, completion: 'x' });
      assert.equal(await ask(completions), undefined);
      const { status } = completions;
      assert.match(
        status.kind === 'failed' ? status.message : status.kind,
        /^coder:1 has the marks to complete code, but was not trained with them\. Choose .*\.$/,
      );
      assert.equal(engine.infills.length, 0);
      completions.dispose();
    }
    assert.equal(memory.updates, 1);
  });

  test('completes if they make it better, and is not tested again', async () => {
    const memory = new KeptResults();
    const trained = (prompt: string): number => (prompt.includes('<|fim_middle|>') ? -1 : -8);
    for (const score of [trained, () => assert.fail('It was tested again.')]) {
      const { completions } = setup({ score, memory, completion: 'x' });
      assert.equal((await ask(completions))?.text, 'x');
      completions.dispose();
    }
    assert.deepEqual(memory.results, { 'sha256:1': true });
  });

  test('is tested anew if what was remembered is damaged', async () => {
    const memory = new KeptResults();
    memory.results = { 'sha256:1': 'yes' };
    const { completions } = setup({ score: untrained, memory, completion: 'x' });
    assert.equal(await ask(completions), undefined);
    assert.equal(memory.updates, 1);
    completions.dispose();
  });
});
