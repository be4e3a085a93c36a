/** Completions over a scripted engine: what is shown, what is asked for, and what is not. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { createCompleter } from '../../../../src/assist/index.ts';
import { ModelError } from '../../../../src/base/error.ts';
import { asLocalized } from '../../../../src/base/l10n.ts';
import { deferred } from '../../../../src/base/wait.ts';
import { fimFormat } from '../../../../src/inference/format/fim/index.ts';
import { until } from '../../../support/until.ts';
import { at, MARKS, scripted } from './support.ts';

const HOLE = 'function add(a, b) {\n  |\n}\n';

describe('a completion', () => {
  test('has the text around the cursor in the format of the model', async () => {
    const { completer, engine } = await scripted(() => [['return a + b;', 0.9]]);
    assert.deepEqual(await completer.complete(at(HOLE)), { text: 'return a + b;', probability: 0.9 });
    assert.deepEqual(engine.infills[0]?.prompt, [
      { mark: '<|fim_prefix|>' },
      'function add(a, b) {\n  ',
      { mark: '<|fim_suffix|>' },
      '\n}\n',
      { mark: '<|fim_middle|>' },
    ]);
  });

  test('is cut before the token that makes it unlikely, unless the user asked for it', async () => {
    const { completer, engine } = await scripted(() => [
      ['return', 0.95],
      [' a', 0.8],
      [' - b;', 0.4],
    ]);
    assert.equal((await completer.complete(at(HOLE)))?.text, 'return a');
    assert.equal(engine.infills[0]?.minJointProbability, 0.7);
    assert.equal(
      (await completer.complete(at(HOLE, 'file:///b.ts'), { isExplicit: true }))?.text,
      'return a - b;',
    );
  });

  test('that is unlikely from the beginning is not shown and not asked for again, but for the user', async () => {
    const { completer, engine } = await scripted(() => [['nonsense', 0.3]]);
    assert.equal(await completer.complete(at(HOLE)), undefined);
    assert.equal(await completer.complete(at(HOLE)), undefined);
    assert.equal(engine.infills.length, 1);
    assert.equal((await completer.complete(at(HOLE), { isExplicit: true }))?.text, 'nonsense');
  });

  test('of which the gate leaves a single word is none', async () => {
    const { completer } = await scripted(() => [
      ['return', 0.95],
      [' a', 0.4],
    ]);
    assert.equal(await completer.complete(at(HOLE)), undefined);
    const { completer: other } = await scripted(() => [['return', 0.95]]);
    assert.equal((await other.complete(at(HOLE)))?.text, 'return');
  });

  test('ends the request after one statement', async () => {
    let pieces = 0;
    const { completer } = await scripted(function* () {
      for (const piece of ['return a;', '\n', '  g', '();', ...'\n  h();'.repeat(20)]) {
        pieces++;
        yield [piece, 0.9] as const;
      }
    });
    assert.equal((await completer.complete(at(HOLE)))?.text, 'return a;');
    // The next statement had hardly begun.
    assert.ok(pieces <= 5, `${pieces}`);
  });

  test('in the middle of a line ends at the line end, in the engine', async () => {
    const { completer, engine } = await scripted(() => [
      ['a,', 0.9],
      ['\nb', 0.9],
    ]);
    assert.equal((await completer.complete(at('f(|);')))?.text, 'a,');
    assert.ok(engine.infills[0]?.stop?.includes('\n'));
    await completer.complete(at(HOLE));
    assert.ok(!engine.infills[1]?.stop?.includes('\n'));
  });

  test('of white space, and in an empty file, is none', async () => {
    const { completer, engine } = await scripted(() => [[' \n ', 0.9]]);
    assert.equal(await completer.complete(at(HOLE)), undefined);
    assert.equal(await completer.complete(at('\n|\n')), undefined);
    assert.equal(engine.infills.length, 1);
  });

  test('in the prose of a comment comes only if the user asks for it', async () => {
    const { completer, engine } = await scripted(() => [['text', 0.9]]);
    for (const prose of ['// Adds |', '  /** Adds |', ' * Adds |', '# Adds |', 'a(); // Adds |', '-- Adds |'])
      assert.equal(await completer.complete(at(`a();\n${prose}\n`)), undefined, prose);
    assert.equal(engine.infills.length, 0);
    for (const code of ['a = "http://x"; |', 'a /* one */ = |', '#include |', '  *p = |', 'i--|', '// A.\n|'])
      assert.equal((await completer.complete(at(`a();\n${code}\n`)))?.text, 'text', code);
    assert.equal((await completer.complete(at('// Adds |'), { isExplicit: true }))?.text, 'text');
  });

  test('in the prose of a comment comes by itself if the user wants that', async () => {
    const { completer } = await scripted(() => [['text', 0.9]]);
    for (const prose of ['// Adds |', '  /** Adds |', ' * Adds |', '# Adds |', 'a(); // Adds |', '-- Adds |'])
      assert.equal(
        (await completer.complete(at(`b();\n${prose}\n`), { inComments: true }))?.text,
        'text',
        prose,
      );
  });

  test('that takes too long is shown as far as it is', async () => {
    const ended = deferred<void>();
    const { completer } = await scripted(
      async function* (_, signal) {
        yield ['return a', 0.9];
        await once(signal, 'abort');
        ended.resolve();
        yield [' + b;', 0.9];
      },
      { maxMs: 1 },
    );
    assert.equal((await completer.complete(at(HOLE)))?.text, 'return a');
    await ended.promise;
  });

  test('is asked with less text if the context is too small for it', async () => {
    let requests = 0;
    const engine = {
      count: async () => 1,
      infill: async () => {
        requests++;
        throw new ModelError('context-overflow', asLocalized('Too long.'));
      },
    };
    const lengths: number[] = [];
    const format = fimFormat({ marks: MARKS, name: 'x' });
    const completer = createCompleter({
      engine,
      contextTokens: 64,
      pause: async () => {},
      format: {
        ...format,
        prompt: (hole) => {
          lengths.push(hole.prefix.length);
          return format.prompt(hole);
        },
      },
    });
    const prefix = 'a = b;\n'.repeat(400);
    for (let key = 0; key < 12; key++) await completer.complete(at(`${prefix}${'x'.repeat(key)}|`));
    assert.equal(requests, 12);
    assert.ok((lengths.at(-1) ?? 0) < (lengths[0] ?? 0) / 4, lengths.join());
  });

  test('passes on a failure of the engine, and asks again', async () => {
    let fails = true;
    const { completer } = await scripted(() => {
      if (fails) throw new ModelError('engine-crashed', asLocalized('Gone.'));
      return [['return a;', 0.9]];
    });
    await assert.rejects(completer.complete(at(HOLE)), { code: 'engine-crashed' });
    fails = false;
    assert.equal((await completer.complete(at(HOLE)))?.text, 'return a;');
  });
});

describe('typing along with a completion', () => {
  test('needs no request, nor does going back', async () => {
    const { completer, engine } = await scripted(() => [['return a + b;', 0.9]]);
    await completer.complete(at(HOLE));
    for (const typed of ['r', 'return', 'return a + b', '']) {
      const found = await completer.complete(at(HOLE.replace('|', `${typed}|`)));
      assert.equal(found?.text, 'return a + b;'.slice(typed.length));
    }
    assert.equal(engine.infills.length, 1);
  });

  test('otherwise asks again, and so does any other change', async () => {
    const { completer, engine } = await scripted(() => [['return a + b;', 0.9]]);
    await completer.complete(at(HOLE));
    await completer.complete(at(HOLE.replace('|', 'x|')));
    await completer.complete(at(HOLE.replace('\n}', '\n  \n}')));
    await completer.complete(at(HOLE, 'file:///b.ts'));
    assert.equal(engine.infills.length, 4);
  });

  test('keeps the request that runs while it agrees, also ahead of it', async () => {
    const next = deferred<void>();
    const { completer, engine } = await scripted(async function* () {
      yield ['return', 0.9];
      await next.promise;
      yield [' a + b;', 0.9];
    });
    const editor = new AbortController();
    const first = completer.complete(at(HOLE), { signal: editor.signal });
    await until(() => engine.infills.length === 1);
    // The editor cancels at each key and asks again.
    editor.abort();
    const second = completer.complete(at(HOLE.replace('|', 'ret|')));
    const third = completer.complete(at(HOLE.replace('|', 'return a|')));
    assert.equal(await first, undefined);
    next.resolve();
    assert.equal((await second)?.text, 'urn a + b;');
    assert.equal((await third)?.text, ' + b;');
    assert.equal(engine.infills.length, 1);
  });

  test('against it ends the request at once and asks again', async () => {
    const signals: AbortSignal[] = [];
    const { completer, engine } = await scripted(async function* (_, signal) {
      signals.push(signal);
      yield ['return', 0.9];
      if (signals.length === 1) await once(signal, 'abort');
      yield [' a;', 0.9];
    });
    const editor = new AbortController();
    const first = completer.complete(at(HOLE), { signal: editor.signal });
    await until(() => engine.infills.length === 1);
    editor.abort();
    const second = completer.complete(at(HOLE.replace('|', 'x|')));
    assert.equal(await first, undefined);
    assert.equal((await second)?.text, 'return a;');
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true, false],
    );
  });

  test('ahead of what then comes otherwise asks again', async () => {
    const next = deferred<void>();
    let requests = 0;
    const { completer, engine } = await scripted(async function* () {
      requests++;
      yield ['return', 0.9];
      await next.promise;
      yield [requests === 1 ? ' b;' : ' + 1;', 0.9];
    });
    void completer.complete(at(HOLE));
    await until(() => engine.infills.length === 1);
    const second = completer.complete(at(HOLE.replace('|', 'return a|')));
    next.resolve();
    assert.equal((await second)?.text, 'return + 1;');
    assert.equal(engine.infills.length, 2);
  });
});

describe('a request', () => {
  test('that nobody follows any longer is ended', async () => {
    const ended = deferred<void>();
    const { completer, engine } = await scripted(async function* (_, signal) {
      yield ['return', 0.9];
      await once(signal, 'abort');
      ended.resolve();
    });
    const editor = new AbortController();
    const found = completer.complete(at(HOLE), { signal: editor.signal });
    await until(() => engine.infills.length === 1);
    editor.abort();
    assert.equal(await found, undefined);
    await ended.promise;
    // It says nothing about the place.
    const again = completer.complete(at(HOLE));
    await until(() => engine.infills.length === 2);
    completer.dispose();
    assert.equal(await again, undefined);
  });

  test('is not sent if the editor cancels during the pause', async () => {
    const editor = new AbortController();
    const { completer, engine } = await scripted(() => [['x', 0.9]], { pause: async () => editor.abort() });
    assert.equal(await completer.complete(at(HOLE), { signal: editor.signal }), undefined);
    assert.equal(engine.infills.length, 0);
  });

  test('waits about as long as a key takes, shortly after an opening bracket, and not at all for the user', async () => {
    let now = 0;
    const { completer, pauses } = await scripted(() => [['nonsense', 0.1]], { now: () => now });
    const type = async (text: string): Promise<number> => {
      now += 200;
      await completer.complete(at(`${text}|`));
      return pauses.at(-1) ?? Number.NaN;
    };
    let text = 'x';
    for (const letter of 'value') {
      text += letter;
      await type(text);
    }
    assert.equal(Math.round(await type(`${text}s`)), 240);
    assert.equal(Math.round(await type(`${text}s(`)), 80);
    const { length } = pauses;
    await completer.complete(at(`${text}s(a|`), { isExplicit: true });
    assert.equal(pauses.length, length);
  });
});
