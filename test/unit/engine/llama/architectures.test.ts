import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Log } from '../../../../src/base/log.ts';
import { type ArchitectureMemory, Architectures } from '../../../../src/engine/index.ts';
import { unknownArchitecture } from '../../../../src/engine/llama/unknownArchitecture.ts';

const HOST = fileURLToPath(new URL('scriptedHost.ts', import.meta.url));

interface Setup {
  readonly architectures: Architectures;
  readonly lines: string[];
}

function setup(memory?: ArchitectureMemory, libraryVersion = '1', hostPath = HOST): Setup {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const log: Log = { debug: write, info: write, warn: write, error: write };
  return { architectures: new Architectures({ hostPath, libraryVersion, memory, log }), lines };
}

function asked(lines: readonly string[]): number {
  return lines.filter((line) => line.includes('asked for')).length;
}

function memoryOf(): ArchitectureMemory & { value: unknown } {
  return {
    value: undefined,
    get() {
      return this.value;
    },
    set(value) {
      this.value = structuredClone(value);
    },
  };
}

describe('whether the engine knows an architecture', () => {
  test('is asked once for each name, also by several at a time', async () => {
    const { architectures, lines } = setup();
    assert.equal(architectures.recall('known-a'), undefined);
    const answers = await Promise.all(
      ['known-a', 'known-a', 'new-b'].map((name) => architectures.knows(name)),
    );
    assert.deepEqual(answers, [true, true, false]);
    assert.equal(await architectures.knows('known-a'), true);
    assert.equal(architectures.recall('new-b'), false);
    assert.equal(asked(lines), 2);
  });

  test('is remembered for the version of the library that said it', async () => {
    const memory = memoryOf();
    await setup(memory).architectures.knows('new-b');
    const same = setup(memory);
    assert.equal(await same.architectures.knows('new-b'), false);
    assert.equal(asked(same.lines), 0);
    const newer = setup(memory, '2');
    assert.equal(newer.architectures.recall('new-b'), undefined);
    assert.equal(await newer.architectures.knows('new-b'), false);
    assert.equal(asked(newer.lines), 1);
  });

  test('a memory of anything is no memory', () => {
    for (const value of [
      undefined,
      null,
      3,
      [],
      { libraryVersion: '1' },
      { libraryVersion: '1', known: { a: 'x' } },
    ]) {
      const memory = { get: () => value, set: () => {} };
      assert.equal(setup(memory).architectures.recall('a'), undefined);
    }
  });

  test('is not known if it says nothing or cannot be started, and then asked again', async () => {
    const { architectures, lines } = setup();
    assert.equal(await architectures.knows('silent'), undefined);
    assert.equal(await architectures.knows('silent'), undefined);
    assert.equal(asked(lines), 2);
    const broken = setup(undefined, '1', `${HOST}.missing`);
    assert.equal(await broken.architectures.knows('known-a'), undefined);
    assert.match(broken.lines.join('\n'), /not known whether llama\.cpp can run "known-a"/);
  });

  test('needs no process for what cannot be the name of one', async () => {
    const { architectures, lines } = setup();
    for (const name of ['', '[Update](command:x)', 'a b', 'x'.repeat(65), 'a\nb', '../x'])
      assert.equal(await architectures.knows(name), false);
    assert.equal(lines.length, 0);
  });

  test('is said in a sentence that ends, whatever the name is', () => {
    const sentence = unknownArchitecture(`x"\u202e\n${'y'.repeat(500)}`);
    assert.match(
      sentence,
      /^Not runnable here: this version of llama\.cpp does not know the architecture "x' y+…"\.$/,
    );
    assert.ok(sentence.length < 200);
  });
});
