import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isModelError } from '../../../src/base/error.ts';
import { readGgufSummary } from '../../../src/gguf/index.ts';
import { cpuMs } from '../../support/cpuTime.ts';
import fc from '../../support/fastCheck.ts';
import { refusal, TINYCODE } from './support.ts';
import { gguf, LLAMA, text, u32, type Value } from './writer.ts';

/** Bytes before the tensor data of the fixture. */
const HEADER_BYTES = 57_518;

describe('a file that is not a usable GGUF', () => {
  const tensor = (sizes: number[], more: object = {}) => ({ name: 't', sizes, ...more });
  const cases: [string, Buffer, RegExp][] = [
    ['is empty', Buffer.alloc(0), /only 0 bytes/],
    ['is something else', Buffer.from('PK\x03\x04 a zip archive'), /does not begin with/],
    ['has version 1', gguf({ version: 1 }), /version 1,/],
    ['has a version from the future', gguf({ version: 4 }), /version 4,/],
    ['is big-endian', gguf({ version: 0x03000000 }), /big-endian/],
    ['has no architecture', gguf({}), /architecture/],
    [
      'has an architecture that is no text',
      gguf({ pairs: [['general.architecture', u32(3)]] }),
      /architecture/,
    ],
    ['claims many pairs', gguf({ pairs: LLAMA, pairCount: 2 ** 40 }), /metadata pairs/],
    ['claims more pairs than it has', gguf({ pairs: LLAMA, pairCount: 2 }), /empty key/],
    ['claims many tensors', gguf({ pairs: LLAMA, tensorCount: 2 ** 40 }), /claims to have \d+ tensors/],
    ['has a key twice', gguf({ pairs: [...LLAMA, ...LLAMA] }), /twice/],
    ['has a very long key', gguf({ pairs: [['k'.repeat(2000), u32(1)]] }), /a key of 2000 bytes/],
    [
      'has a strange alignment',
      gguf({ pairs: [...LLAMA, ['general.alignment', u32(24)]] }),
      /alignment is 24/,
    ],
    ['has the alignment 0', gguf({ pairs: [...LLAMA, ['general.alignment', u32(0)]] }), /alignment is 0/],
    ['has a tensor twice', gguf({ pairs: LLAMA, tensors: [tensor([1]), tensor([1])] }), /"t" twice/],
    [
      'has a tensor of five dimensions',
      gguf({ pairs: LLAMA, tensors: [tensor([1, 1, 1, 1, 1])] }),
      /5 dimensions/,
    ],
    [
      'has a tensor of impossible size',
      gguf({ pairs: LLAMA, dataBytes: 0, tensors: [tensor([2 ** 50, 2 ** 50])] }),
      /too large/,
    ],
    [
      'has a tensor past its end',
      gguf({ pairs: LLAMA, tensors: [tensor([8], { offset: 2 ** 40 })], dataBytes: 32 }),
      /end is missing/,
    ],
    [
      'has a tensor off the grid',
      gguf({ pairs: LLAMA, tensors: [tensor([8], { offset: 4 })] }),
      /not aligned/,
    ],
    [
      'has rows that are no blocks',
      gguf({ pairs: LLAMA, tensors: [tensor([33], { type: 8 })] }),
      /whole blocks of Q8_0/,
    ],
    [
      'has a long tensor name',
      gguf({ pairs: LLAMA, tensors: [{ name: 'n'.repeat(200), sizes: [1] }] }),
      /a name of 200 bytes/,
    ],
  ];
  for (const [name, bytes, expected] of cases) {
    test(`because it ${name}`, async (t) => {
      assert.match(await refusal(t, bytes), expected);
    });
  }

  test('because an array or a text claims to be larger than the file', async (t) => {
    const large: Value = { type: 'u32s', value: [1, 2, 3] };
    for (const [pair, at] of [
      [['x.array', large], 12],
      [['x.text', text('abc')], 3],
      [['tokenizer.ggml.tokens', { type: 'texts', value: [] }], 0],
    ] as [[string, Value], number][]) {
      const bytes = gguf({ pairs: [...LLAMA, pair], dataBytes: 0 });
      const end = 24 + 8 + 20 + 4 + 8 + 5 + 8 + pair[0].length + 4 + (pair[1].type === 'text' ? 0 : 4);
      assert.ok(end + 8 + at <= bytes.length);
      for (const claim of [2n ** 62n, 2n ** 33n, 1_000_000n]) {
        bytes.writeBigUInt64LE(claim, end);
        assert.match(await refusal(t, bytes), /middle of its header|has \d+ texts/);
      }
    }
  });

  test('because it is not there, or a folder, a pipe or a device', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'oci-models-gguf-'));
    t.after(() => rm(folder, { recursive: true }));
    const pipe = join(folder, 'pipe.gguf');
    const onlyHere = process.platform === 'win32' ? [] : [pipe, '/dev/zero'];
    if (onlyHere.length > 0) execFileSync('mkfifo', [pipe]);
    for (const path of [folder, join(folder, 'missing'), ...onlyHere]) {
      await assert.rejects(readGgufSummary(path), (error: unknown) => isModelError(error, 'gguf-invalid'));
    }
  });

  test('because it was cut off, wherever that is', async (t) => {
    const whole = await readFile(TINYCODE);
    const folder = await mkdtemp(join(tmpdir(), 'oci-models-gguf-'));
    t.after(() => rm(folder, { recursive: true }));
    const path = join(folder, 'cut.gguf');
    for (const length of [
      7,
      8,
      23,
      24,
      100,
      5000,
      30_000,
      HEADER_BYTES - 1,
      HEADER_BYTES,
      1_000_000,
      whole.length - 1,
    ]) {
      await writeFile(path, whole.subarray(0, length));
      await assert.rejects(readGgufSummary(path), (error: unknown) => isModelError(error, 'gguf-invalid'));
    }
  });
});

test('a hole of many gigabytes is not read through', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-gguf-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'hole.gguf');
  const bytes = gguf({ pairs: [...LLAMA, ['x.text', text('abc')]], dataBytes: 0 });
  // The text claims 8 GiB, and the sparse file has them.
  bytes.writeBigUInt64LE(2n ** 33n, 24 + 8 + 20 + 4 + 8 + 5 + 8 + 6 + 4);
  await writeFile(path, bytes);
  const handle = await open(path, 'r+');
  await handle.truncate(2 ** 34);
  await handle.close();
  const start = cpuMs();
  await assert.rejects(readGgufSummary(path), (error: unknown) => isModelError(error, 'gguf-invalid'));
  assert.ok(cpuMs() - start < 500);
});

test('bytes that were changed at random never do harm', async (t) => {
  const original = await readFile(TINYCODE);
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-gguf-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'fuzz.gguf');
  await writeFile(path, original);
  const handle = await open(path, 'r+');
  t.after(() => handle.close());
  // Mostly in the numbers at the front and in the tensor list, where there are the fewest texts.
  const position = fc.oneof(
    fc.integer({ min: 0, max: 1500 }),
    fc.integer({ min: 55_000, max: HEADER_BYTES - 1 }),
    fc.integer({ min: 0, max: HEADER_BYTES - 1 }),
  );
  const change = fc.tuple(
    position,
    fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 8 }),
      fc.constant(new Uint8Array(8).fill(255)),
      fc.constant(new Uint8Array(8)),
    ),
  );
  const before = process.memoryUsage().arrayBuffers;
  let refused = 0;
  let largest = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
      for (const [at, bytes] of changes) await handle.write(bytes, 0, bytes.length, at);
      const start = cpuMs();
      try {
        await readGgufSummary(path);
      } catch (error) {
        assert.ok(isModelError(error, 'gguf-invalid'), String(error));
        refused++;
      }
      assert.ok(cpuMs() - start < 1000);
      largest = Math.max(largest, process.memoryUsage().arrayBuffers - before);
      for (const [at] of changes) await handle.write(original, at, 8, at);
    }),
    { numRuns: 400 },
  );
  assert.ok(refused > 50, `the changes mattered: ${refused} of 400 were refused`);
  assert.ok(largest < 200 * 1024 * 1024, `${largest} bytes of buffers`);
});
