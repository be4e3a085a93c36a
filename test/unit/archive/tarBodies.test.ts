/** Where the files lie in an archive, against what comes out when it is read from its beginning to its end. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type Extent, findBodies } from '../../../src/archive/index.ts';
import { isModelError } from '../../../src/base/error.ts';
import fc from '../../support/fastCheck.ts';
import { randomBytes } from '../../support/random.ts';
import { paxHeader, TAR_END, type TarMember, tarHeader, tarMember, tarOf } from '../../support/tarWriter.ts';
import { readArchive } from './support.ts';

interface Found {
  readonly bodies: readonly Extent[] | undefined;
  readonly paths: readonly string[];
  /** Bytes of all reads, and how many there were. */
  readonly bytes: number;
  readonly reads: number;
  readonly isBare: boolean;
}

/** @param most bytes of one answer. */
async function find(archive: Buffer, most = Number.POSITIVE_INFINITY): Promise<Found> {
  const paths: string[] = [];
  const sink = { write: () => assert.fail('no bytes are given out'), end: () => {} };
  let bytes = 0;
  let reads = 0;
  let isBare = false;
  const bodies = await findBodies(
    async (start, end) => {
      assert.ok(start >= 0 && start < end && end <= archive.length, `${start} to ${end}`);
      const piece = archive.subarray(start, Math.min(end, start + most));
      bytes += piece.length;
      reads++;
      return piece;
    },
    archive.length,
    {
      entry({ type, path }) {
        if (type !== 'file') return undefined;
        paths.push(path);
        return sink;
      },
      bare() {
        isBare = true;
        return sink;
      },
    },
  );
  return { bodies, paths, bytes, reads, isBare };
}

/** The bodies' bytes, by path. */
function cut(archive: Buffer, { bodies = [], paths }: Found): Map<string, Buffer> {
  assert.equal(bodies.length, paths.length);
  return new Map(
    paths.map((path, index) => [path, archive.subarray(bodies[index]?.start, bodies[index]?.end)]),
  );
}

const model = { name: 'model.gguf', body: randomBytes(200_000) };

describe('the bodies of a tar', () => {
  test('are found with two small reads beside a large one', async () => {
    const archive = tarOf(model);
    const found = await find(archive);
    assert.deepEqual(found.bodies, [{ start: 512, end: 200_512 }]);
    assert.equal(found.reads, 2);
    assert.ok(found.bytes < 20_000, `${found.bytes} bytes`);
  });

  test('are those that come out of it, whatever stands between them', async () => {
    const archive = tarOf(
      { name: 'a/', type: '5' },
      { name: 'a/empty', body: '' },
      paxHeader({ path: `a/${'long/'.repeat(60)}name.gguf`, comment: 'x'.repeat(3000) }),
      { name: 'short', body: randomBytes(70_000) },
      { name: 'l', type: '2', linkName: 'a/empty' },
      tarMember({ name: '././@LongLink', type: 'L', body: `${'b'.repeat(200)}\0` }),
      { name: 'short', body: randomBytes(511) },
      { name: 'unknown', type: 'V', body: 'a volume label' },
      { name: 'last', body: randomBytes(513) },
    );
    const { files } = await readArchive(archive);
    assert.equal(files.size, 4);
    assert.deepEqual(cut(archive, await find(archive)), files);
  });

  test('are those that come out of any tar', async () => {
    const member = fc.record({
      name: fc.stringMatching(/^[a-z]{1,12}$/),
      type: fc.constantFrom('0', '0', '0', '5', '2', '7', 'x'),
      body: fc.oneof(
        fc.uint8Array({ maxLength: 2000 }),
        fc.integer({ min: 0, max: 40_000 }).map((bytes) => Buffer.alloc(bytes, 'x')),
      ),
    });
    const archives = fc.tuple(fc.array(member, { maxLength: 8 }), fc.nat({ max: 3000 }));
    let found = 0;
    await fc.assert(
      fc.asyncProperty(archives, async ([members, cutOff]) => {
        const whole = tarOf(
          ...members.map(({ name, type, body }, index): TarMember | Buffer =>
            type === 'x'
              ? paxHeader({ path: `${name}-${index}` })
              : { name: `${name}${index}`, type, body: '527'.includes(type) ? '' : Buffer.from(body) },
          ),
        );
        const archive = whole.subarray(0, whole.length - cutOff);
        if (archive.length < 512) return;
        const [all, some] = await Promise.allSettled([readArchive(archive), find(archive)]);
        assert.equal(some.status, all.status);
        if (some.status === 'rejected') assert.ok(isModelError(some.reason, 'unsupported-artifact'));
        if (some.status === 'rejected' || all.status === 'rejected') return;
        assert.deepEqual(cut(archive, some.value), all.value.files);
        found += all.value.files.size;
      }),
      { numRuns: 200 },
    );
    assert.ok(found > 100, `${found} files`);
  });

  test('are found where answers are shorter than what was asked for', async () => {
    const archive = tarOf({ name: 'README.md', body: 'text' }, model);
    assert.deepEqual((await find(archive, 2_000)).bodies, (await find(archive)).bodies);
    assert.equal((await find(archive, 100)).bodies, undefined, 'an answer without a whole header');
  });

  test('nothing is read behind the end of the archive', async () => {
    const archive = Buffer.concat([tarOf(model), randomBytes(500_000)]);
    const found = await find(archive);
    assert.equal(found.bodies?.length, 1);
    assert.ok(found.bytes < 40_000);
  });

  test('are left to others where there are very many', async () => {
    const many = Array.from({ length: 40 }, (_, index) => ({ name: `${index}`, body: Buffer.alloc(20_000) }));
    assert.equal((await find(tarOf(...many))).bodies, undefined);
  });

  test('a file that is no archive is one body', async () => {
    const found = await find(randomBytes(100_000).fill('GGUF', 0, 4));
    assert.deepEqual(found.bodies, [{ start: 0, end: 100_000 }]);
    assert.equal(found.isBare, true);
    assert.equal((await find(Buffer.from('GGUF'))).bodies?.length, 1);
  });

  for (const compress of [gzipSync, zstdCompressSync]) {
    test(`what ${compress.name} made is left to others`, async () => {
      const found = await find(compress(tarOf(model)));
      assert.equal(found.bodies, undefined);
      assert.equal(found.reads, 1);
    });
  }

  const damaged: [string, Buffer][] = [
    ['that ends within a member', tarOf(model).subarray(0, 100_000)],
    [
      'with a size past its end',
      Buffer.concat([tarHeader({ name: 'a', size: 1_000_000 }), Buffer.alloc(5000)]),
    ],
    ['with a damaged header', Buffer.concat([tarMember(model), Buffer.alloc(512, 'x'), TAR_END])],
  ];
  for (const [what, archive] of damaged) {
    test(`an archive ${what} is refused`, async () => {
      await assert.rejects(find(archive), { code: 'unsupported-artifact' });
    });
  }
});
