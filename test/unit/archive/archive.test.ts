/** Archives as tools write them, and as nobody should. */
import assert from 'node:assert/strict';
import { link, mkdir, mkdtemp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { limitsOf } from '../../../src/archive/index.ts';
import { isModelError } from '../../../src/base/error.ts';
import { makeTar } from '../../support/archives.ts';
import fc from '../../support/fastCheck.ts';
import { randomBytes } from '../../support/random.ts';
import { paxHeader, TAR_END, tarHeader, tarMember, tarOf, withChecksum } from '../../support/tarWriter.ts';
import { readArchive } from './support.ts';

const LONG = `${'folder/'.repeat(30)}${'n'.repeat(120)}.gguf`;

describe('an archive of GNU tar', () => {
  let folder: string;
  const content = randomBytes(300_000);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oci-models-tar-'));
    const at = join(folder, 'files');
    await mkdir(join(at, LONG, '..'), { recursive: true });
    await writeFile(join(at, 'model.gguf'), content);
    await writeFile(join(at, LONG), 'long');
    await writeFile(join(at, 'größe.txt'), '');
    await link(join(at, 'model.gguf'), join(at, 'twin.gguf'));
    await symlink('model.gguf', join(at, 'link'));
    await writeFile(join(at, 'holes'), 'start');
    await truncate(join(at, 'holes'), 10_000_000);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  for (const format of ['gnu', 'pax', 'posix']) {
    for (const packing of ['tar', 'tar.gz', 'tar.zst']) {
      for (const pieceBytes of [997, 1_000_000]) {
        test(`${format}, ${packing}, in pieces of ${pieceBytes}`, async () => {
          const archive = await makeTar(
            join(folder, `${format}.${packing}`),
            join(folder, 'files'),
            ['.'],
            [`--format=${format}`],
          );
          const { entries, files } = await readArchive(await readFile(archive), pieceBytes);
          assert.deepEqual(files.get('./model.gguf'), content);
          assert.equal(files.get(`./${LONG}`)?.toString(), 'long');
          assert.equal(files.get('./größe.txt')?.length, 0);
          const of = (path: string) => entries.find((entry) => entry.path === path);
          assert.deepEqual(of('./twin.gguf'), {
            type: 'hardlink',
            path: './twin.gguf',
            size: 0,
            target: './model.gguf',
          });
          assert.deepEqual(of('./link'), { type: 'symlink', path: './link', size: 0, target: 'model.gguf' });
          assert.equal(of('./folder/')?.type, 'directory');
        });
      }
    }
  }

  test('of v7, whose names are short', async () => {
    const archive = await makeTar(
      join(folder, 'v7.tar'),
      join(folder, 'files'),
      ['model.gguf', 'link'],
      ['--format=v7'],
    );
    assert.deepEqual((await readArchive(await readFile(archive))).files.get('model.gguf'), content);
  });

  for (const format of ['gnu', 'pax']) {
    test(`a file with holes is told apart, and what follows is read (${format})`, async () => {
      const archive = await makeTar(
        join(folder, `sparse-${format}.tar`),
        join(folder, 'files'),
        ['holes', 'model.gguf'],
        ['--sparse', `--format=${format}`],
      );
      const { entries, files } = await readArchive(await readFile(archive));
      assert.equal(entries[0]?.type, 'sparse');
      assert.deepEqual(files.get('model.gguf'), content);
    });
  }

  test('with a size in base 256 and a size of pax', async () => {
    const header = tarHeader({ name: 'a', body: 'four' });
    header.fill(0, 124, 136);
    header[124] = 0x80;
    header[135] = 4;
    const body = Buffer.concat([Buffer.from('four'), Buffer.alloc(508)]);
    const archive = Buffer.concat([
      withChecksum(header),
      body,
      paxHeader({ size: '4', path: 'b' }),
      tarHeader({ name: 'x', size: 0 }),
      body,
      TAR_END,
    ]);
    const { files } = await readArchive(archive);
    assert.deepEqual(
      [...files].map(([path, bytes]) => [path, bytes.toString()]),
      [
        ['a', 'four'],
        ['b', 'four'],
      ],
    );
  });
});

describe('what is no tar', () => {
  const gguf = Buffer.concat([Buffer.from('GGUF'), randomBytes(5000)]);

  test('is one file, compressed or not', async () => {
    for (const [bytes, compression] of [
      [gguf, 'none'],
      [gzipSync(gguf), 'gzip'],
      [zstdCompressSync(gguf), 'zstd'],
    ] as const) {
      const { bare } = await readArchive(bytes, 100);
      assert.deepEqual(bare, { compression, bytes: gguf });
    }
  });

  test('may be shorter than a header, or empty', async () => {
    assert.equal((await readArchive(Buffer.from('GGUF'))).bare?.bytes.toString(), 'GGUF');
    assert.equal((await readArchive(Buffer.from('G'))).bare?.bytes.toString(), 'G');
    assert.equal((await readArchive(Buffer.alloc(0))).bare?.bytes.length, 0);
  });

  test('an empty tar has no members', async () => {
    assert.deepEqual((await readArchive(Buffer.alloc(10_240))).entries, []);
  });
});

describe('compressed in parts', () => {
  const tar = tarOf({ name: 'a', body: randomBytes(20_000) }, { name: 'b', body: 'b' });
  const parts = [tar.subarray(0, 1000), tar.subarray(1000, 15_000), tar.subarray(15_000)];
  const skipped = Buffer.concat([Buffer.from([0x5e, 0x2a, 0x4d, 0x18, 3, 0, 0, 0]), Buffer.from('toc')]);

  test('zstd frames, as pzstd and zstd:chunked write them, with frames to be skipped', async () => {
    const frames = parts.flatMap((part) => [skipped, zstdCompressSync(part)]);
    for (const pieceBytes of [13, 777, 1_000_000]) {
      const { files } = await readArchive(Buffer.concat([...frames, skipped]), pieceBytes);
      assert.deepEqual([...files.keys()], ['a', 'b'], `pieces of ${pieceBytes}`);
    }
  });

  test('gzip members, as pigz and bgzip write them', async () => {
    for (const pieceBytes of [13, 777, 1_000_000]) {
      const { files } = await readArchive(Buffer.concat(parts.map((part) => gzipSync(part))), pieceBytes);
      assert.deepEqual([...files.keys()], ['a', 'b']);
    }
  });

  test('what stands behind the end of a tar is no member', async () => {
    const archive = Buffer.concat([tar, tarMember({ name: 'c', body: 'c' }), randomBytes(700)]);
    assert.deepEqual([...(await readArchive(archive)).files.keys()], ['a', 'b']);
  });

  test('an archive without its end is whole where it ends between members', async () => {
    assert.deepEqual([...(await readArchive(tar.subarray(0, -TAR_END.length))).files.keys()], ['a', 'b']);
  });
});

describe('an archive is refused', () => {
  const tar = tarOf({ name: 'a', body: randomBytes(100_000) }, { name: 'b', body: 'b' });
  const damaged = Buffer.from(tar);
  const second = 512 + 100_352;
  damaged[second] = 'B'.charCodeAt(0);
  const cases: [string, Buffer, RegExp][] = [
    ['that ends within a member', tar.subarray(0, 50_000), /ends within a member/],
    ['that ends within a header', tar.subarray(0, second + 100), /ends within a member/],
    [
      'that ends after a long name',
      Buffer.concat([tar.subarray(0, second), paxHeader({ path: 'x' })]),
      /ends within/,
    ],
    ['whose gzip is cut', gzipSync(tar).subarray(0, -20), /cannot be decompressed/],
    ['whose zstd is cut', zstdCompressSync(tar).subarray(0, -20), /cannot be decompressed/],
    [
      'whose gzip is damaged',
      Buffer.concat([gzipSync(tar).subarray(0, 20_000), randomBytes(60_000)]),
      /cannot be decompressed/,
    ],
    [
      'with something else behind its gzip',
      Buffer.concat([gzipSync(tar), Buffer.from('hello')]),
      /cannot be decompressed/,
    ],
    [
      'with something else behind its zstd',
      Buffer.concat([zstdCompressSync(tar), Buffer.from('hello')]),
      /cannot be decompressed/,
    ],
    ['with a wrong checksum', damaged, /wrong checksum/],
    ['with a size that is no number', tarOf({ name: 'a', size: '0000000009\0' }), /not a number of bytes/],
    ['with a negative size', tarOf({ name: 'a', size: `\xff${'\xff'.repeat(11)}` }), /not a number of bytes/],
    [
      'with a size above 2^53',
      tarOf({ name: 'a', size: `\x80\x01${'\0'.repeat(10)}` }),
      /not a number of bytes/,
    ],
    ['with a negative size of pax', tarOf(paxHeader({ size: '-1' }), { name: 'a' }), /not a number of bytes/],
    [
      'with a pax header that lies about its length',
      tarOf(tarMember({ name: 'p', type: 'x', body: '99 path=a\n' }), { name: 'a' }),
      /pax header/,
    ],
    [
      'with a pax record without a key',
      tarOf(tarMember({ name: 'p', type: 'x', body: '6 =aa\n' }), { name: 'a' }),
      /pax header/,
    ],
    ['with a name of a gigabyte', tarOf({ name: 'n', type: 'L', size: 2 ** 30 }), /larger than a megabyte/],
  ];
  for (const [what, bytes, message] of cases) {
    test(what, async () => {
      for (const pieceBytes of [511, 1_000_000]) {
        await assert.rejects(readArchive(bytes, pieceBytes), { code: 'unsupported-artifact', message });
      }
    });
  }

  test('that unpacks to far more than its size allows', async () => {
    const limits = { maxBytes: 1_000_000, maxEntries: 100, maxFrames: 100 };
    for (const pack of [gzipSync, zstdCompressSync]) {
      const bomb = pack(tarOf({ name: 'a', body: Buffer.alloc(20_000_000) }));
      assert.ok(bomb.length < 30_000);
      await assert.rejects(readArchive(bomb, 65_536, limits), {
        code: 'unsupported-artifact',
        message: /far more/,
      });
    }
  });

  test('with too many members', async () => {
    const many = tarOf(...Array.from({ length: 101 }, (_, index) => ({ name: `${index}` })));
    const limits = { maxBytes: 1_000_000, maxEntries: 100, maxFrames: 100 };
    await assert.rejects(readArchive(many, 65_536, limits), { message: /more than 100 members/ });
  });

  test('in very many frames, with or without content', async () => {
    const whole = zstdCompressSync(tarOf({ name: 'a', body: 'a' }));
    const skipped = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0]);
    const limits = { maxBytes: 1_000_000, maxEntries: 100, maxFrames: 100 };
    for (const frame of [zstdCompressSync(Buffer.alloc(0)), skipped]) {
      const followedBy = (count: number): Buffer => Buffer.concat([whole, ...Array(count).fill(frame)]);
      assert.deepEqual([...(await readArchive(followedBy(99), 65_536, limits)).files.keys()], ['a']);
      await assert.rejects(readArchive(followedBy(100), 65_536, limits), {
        code: 'unsupported-artifact',
        message: /compressed in more than 100 parts/,
      });
    }
    assert.ok(limitsOf(1_000_000).maxFrames < 110_000);
    assert.ok(limitsOf(40e9).maxFrames > 40e9 / 65_536, 'chunks of 64 KiB are usual');
  });

  test('whose zstd wants more memory than 128 MiB', async () => {
    const frame = (windowLog: number, bytes: Buffer): Buffer => {
      // RFC 8878, 3.1.1: magic, descriptor, window descriptor, and one raw block that is the last one.
      const block = Buffer.alloc(3);
      block.writeUIntLE((bytes.length << 3) | 1, 0, 3);
      return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, (windowLog - 10) << 3]), block, bytes]);
    };
    const small = tarOf({ name: 'a', body: 'a' });
    assert.deepEqual([...(await readArchive(frame(27, small))).files.keys()], ['a']);
    await assert.rejects(readArchive(frame(28, small)), { message: /cannot be decompressed/ });
  });
});

describe('any bytes', () => {
  /** Tars with odd headers, some of them damaged afterwards. */
  const member = fc.oneof(
    fc.record({
      name: fc.string({ maxLength: 120, unit: 'binary' }),
      body: fc.uint8Array({ maxLength: 1500 }).map((bytes) => Buffer.from(bytes)),
      type: fc.constantFrom('0', '1', '2', '3', '5', '7', 'x', 'g', 'L', 'K', 'S', 'V', '\0', '?'),
      linkName: fc.string({ maxLength: 100 }),
    }),
    fc
      .dictionary(
        fc.constantFrom('path', 'size', 'linkpath', 'GNU.sparse.map', 'mtime'),
        fc.string({ maxLength: 30 }),
      )
      .map(paxHeader),
    fc.record({ name: fc.constant('a'), size: fc.oneof(fc.nat(), fc.string({ maxLength: 12 })) }),
  );
  const hostile = fc
    .tuple(fc.array(member, { maxLength: 6 }), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }))
    .map(([members, changes]) => {
      const bytes = tarOf(...members);
      for (const [at, value] of changes) bytes[at % bytes.length] = value;
      return bytes;
    });
  const packed = fc
    .tuple(
      fc.oneof(hostile, fc.uint8Array({ maxLength: 3000 })),
      fc.constantFrom('none', 'gzip', 'zstd'),
      fc.nat(3000),
    )
    .map(([bytes, how, cut]) => {
      const whole =
        how === 'gzip' ? gzipSync(bytes) : how === 'zstd' ? zstdCompressSync(bytes) : Buffer.from(bytes);
      return cut < 500 ? whole.subarray(0, cut) : whole;
    });

  test('are read or refused, and nothing else happens', async () => {
    let read = 0;
    await fc.assert(
      fc.asyncProperty(packed, fc.integer({ min: 1, max: 2000 }), async (bytes, pieceBytes) => {
        try {
          const { files } = await readArchive(bytes, pieceBytes);
          read++;
          const total = [...files.values()].reduce((sum, { length }) => sum + length, 0);
          assert.ok(total <= 1024 * 1024);
        } catch (error) {
          assert.ok(isModelError(error, 'unsupported-artifact'), String(error));
        }
      }),
      { numRuns: 600 },
    );
    assert.ok(read > 50, `${read} of 600 could be read`);
  });

  test('mean the same in pieces of any size', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, fc.integer({ min: 1, max: 1500 }), async (bytes, pieceBytes) => {
        const outcome = (size: number) =>
          readArchive(bytes, size).then(
            ({ entries }) => JSON.stringify(entries),
            (error: Error) => error.message,
          );
        assert.equal(await outcome(pieceBytes), await outcome(1_000_000));
      }),
      { numRuns: 200 },
    );
  });
});
