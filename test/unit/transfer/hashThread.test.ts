import assert from 'node:assert/strict';
import { appendFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { digestOf } from '../../../src/oci/index.ts';
import { HashThread } from '../../../src/transfer/index.ts';
import { randomBytes } from '../../support/random.ts';

const ENTRY = fileURLToPath(new URL('../../../src/transfer/worker/hashMain.ts', import.meta.url));

async function setUp(
  t: TestContext,
  translations?: Readonly<Record<string, string>>,
): Promise<{ thread: HashThread; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-hash-'));
  const thread = new HashThread(ENTRY, translations);
  t.after(async () => {
    await thread.close();
    await rm(folder, { recursive: true, force: true });
  });
  return { thread, folder };
}

describe('hashing in a thread', () => {
  test('follows a file that grows, and several at once', async (t) => {
    const { thread, folder } = await setUp(t);
    const one = randomBytes(9_000_000);
    const other = randomBytes(3_000_000);
    const first = thread.hasher(join(folder, 'one'), digestOf(one));
    const second = thread.hasher(join(folder, 'other'), digestOf(other, 'sha512'));
    await writeFile(join(folder, 'other'), other);
    second.advance(other.length);
    for (let at = 0; at < one.length; at += 1_000_000) {
      await appendFile(join(folder, 'one'), one.subarray(at, at + 1_000_000));
      first.advance(Math.min(one.length, at + 1_000_000));
    }
    assert.equal(`sha256:${await first.digest()}`, digestOf(one));
    assert.equal(`sha512:${await second.digest()}`, digestOf(other, 'sha512'));
    await first.close();
    await first.close();
    await second.close();
  });

  test('of a whole file, with progress and cancel', async (t) => {
    const { thread, folder } = await setUp(t);
    const bytes = randomBytes(20_000_000);
    const path = join(folder, 'whole');
    await writeFile(path, bytes);
    let seen = 0;
    const onBytes = (count: number): void => {
      seen += count;
    };
    const hashed = await thread.hashFile(path, digestOf(bytes), { onBytes });
    const { ino } = await stat(path, { bigint: true });
    assert.deepEqual(hashed, { digest: digestOf(bytes), size: bytes.length, ino });
    assert.equal(seen, bytes.length);
    assert.equal(await thread.hashFile(join(folder, 'none'), digestOf(bytes)), undefined);
    const cancel = new AbortController();
    const cancelled = thread.hashFile(path, digestOf(bytes), {
      signal: cancel.signal,
      onBytes: () => cancel.abort(),
    });
    await assert.rejects(cancelled, { code: 'cancelled' });
  });

  test('says why a file cannot be read', async (t) => {
    const { thread, folder } = await setUp(t);
    await assert.rejects(thread.hashFile(folder, digestOf(Buffer.from(''))), {
      code: 'store-error',
      message: /A folder is in the place of this file/,
    });
    const short = thread.hasher(join(folder, 'short'), digestOf(Buffer.from('')));
    await writeFile(join(folder, 'short'), 'abc');
    short.advance(10);
    await assert.rejects(short.digest(), /shorter/);
    await short.close();
  });

  test('says it in the language of the editor', async (t) => {
    const { thread, folder } = await setUp(t, { 'Could not read {0}. {1}': '{0} ist nicht lesbar: {1}' });
    await assert.rejects(thread.hashFile(folder, digestOf(Buffer.from(''))), {
      message: /^\S+ ist nicht lesbar: A folder/,
    });
  });

  test('whose thread ends is heard of, and the next one starts another', async (t) => {
    const { thread, folder } = await setUp(t);
    const bytes = randomBytes(1000);
    const path = join(folder, 'file');
    await writeFile(path, bytes);
    const hasher = thread.hasher(path, digestOf(bytes));
    hasher.advance(bytes.length);
    await thread.close();
    await assert.rejects(hasher.digest());
    await hasher.close();
    assert.equal((await thread.hashFile(path, digestOf(bytes)))?.digest, digestOf(bytes));
  });
});
