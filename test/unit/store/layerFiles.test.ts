/** Layers whose files come in any order, one process after the other. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { ModelError } from '../../../src/base/error.ts';
import { asLocalized } from '../../../src/base/l10n.ts';
import { digestOf } from '../../../src/oci/spec/digest.ts';
import {
  type ByteRange,
  ContentStore,
  type DescribeLayer,
  type Ingest,
  type NewContent,
} from '../../../src/store/index.ts';
import fc from '../../support/fastCheck.ts';
import { randomBytes } from '../../support/random.ts';
import { descriptorOf, openStore, temporaryFolder } from './support.ts';

const layer = randomBytes(300_000);
const descriptor = descriptorOf(layer);
const bodies: readonly ByteRange[] = [
  { start: 512, end: 100_000 },
  { start: 100_000, end: 100_000 },
  { start: 150_000, end: 290_000 },
];
const contents = bodies.map(({ start, end }) => layer.subarray(start, end));

/** Gives the bodies names, and looks whether it is given the right bytes. */
const describeIt: DescribeLayer = async (read) => {
  for (const [start, end] of [
    [0, 512],
    [0, layer.length],
    [99_999, 150_001],
  ] as const) {
    assert.deepEqual(Buffer.from(await read(start, end)), layer.subarray(start, end));
  }
  return (found: readonly NewContent[]) => ({
    digest: descriptor.digest,
    wants: 'all',
    members: found.map((content, index) => ({ path: `file-${index}`, ...content })),
    links: [],
    removed: [],
    opaque: [],
  });
};

interface Setup {
  readonly store: ContentStore;
  readonly root: string;
  /** Of the ingest. */
  readonly folder: string;
  begin(of?: readonly ByteRange[], describe?: DescribeLayer): Promise<Ingest>;
}

async function setup(t: TestContext): Promise<Setup> {
  const { root } = await openStore(t);
  const store = new ContentStore(root);
  const folder = join(root, 'ingest', descriptor.digest.replace(':', '-'));
  const begin: Setup['begin'] = (of = bodies, describe = describeIt) =>
    store.openLayer(descriptor, { bodies: of, describe });
  return { store, root, folder, begin };
}

function write(ingest: Ingest, start: number, end: number): void {
  ingest.write(layer.subarray(start, end), start);
}

async function assertWhole({ store, root }: Setup): Promise<void> {
  const unpacked = await store.unpacked(descriptor.digest);
  assert.deepEqual(
    unpacked?.members.map(({ digest, size }) => [digest, size]),
    contents.map((content) => [digestOf(content), content.length]),
  );
  for (const content of contents) {
    const [algorithm = '', hex = ''] = digestOf(content).split(':');
    const path = join(root, 'blobs', algorithm, hex);
    assert.deepEqual(await readFile(path), content);
    if (process.platform !== 'win32') assert.equal((await stat(path)).mode & 0o222, 0, 'read-only');
  }
  assert.deepEqual(await readdir(join(root, 'ingest')), []);
}

describe('the files of a layer', () => {
  test('are written at their places, and become content', async (t) => {
    const at = await setup(t);
    const ingest = await at.begin();
    assert.equal(ingest.stored, false);
    write(ingest, 200_000, 300_000);
    write(ingest, 0, 100_300);
    assert.deepEqual(ingest.missing(), [{ start: 100_300, end: 200_000 }]);
    await assert.rejects(ingest.commit(), { code: 'size-mismatch' });
    write(ingest, 100_300, 200_000);
    const used = await Promise.all(
      ['rest', 'member-0', 'member-1', 'member-2'].map(
        async (name) => (await stat(join(at.folder, name))).size,
      ),
    );
    assert.equal(
      used.reduce((sum, bytes) => sum + bytes),
      layer.length,
      'no byte twice on the disk',
    );
    await ingest.commit();
    await ingest.close();
    await assertWhole(at);
    assert.equal(await at.store.layerBodies(descriptor.digest), undefined);
  });

  test('are right for any order of pieces, with other processes going on in between', async (t) => {
    const cut = fc.uniqueArray(fc.nat({ max: layer.length - 1 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(cut, fc.infiniteStream(fc.nat()), async (cuts, choices) => {
        const at = await setup(t);
        const ends = [...cuts, layer.length].sort((a, b) => a - b);
        const pieces = ends.map((end, index) => ({ start: ends[index - 1] ?? 0, end }));
        let ingest = await at.begin();
        while (pieces.length > 0) {
          const choice = choices.next().value ?? 0;
          const [piece] = pieces.splice(choice % pieces.length, 1);
          if (piece !== undefined) write(ingest, piece.start, piece.end);
          if (choice % 5 !== 0) continue;
          const before = ingest.missing();
          await ingest.close();
          assert.deepEqual(await at.store.layerBodies(descriptor.digest), bodies);
          ingest = await at.begin();
          assert.deepEqual(ingest.missing(), before);
        }
        await ingest.commit();
        await ingest.close();
        await assertWhole(at);
      }),
      { numRuns: 40 },
    );
  });

  test('that a power failure left shorter than their record are fetched from there', async (t) => {
    const at = await setup(t);
    const first = await at.begin();
    write(first, 0, 300_000);
    await first.close();
    await truncate(join(at.folder, 'member-2'), 1000);
    await truncate(join(at.folder, 'rest'), 600);
    const ingest = await at.begin();
    // The rest has 512 bytes before the first body, and then those from 100,000 on.
    assert.deepEqual(ingest.missing(), [
      { start: 100_088, end: 150_000 },
      { start: 151_000, end: 300_000 },
    ]);
    write(ingest, 100_088, 300_000);
    await ingest.commit();
    await ingest.close();
    await assertWhole(at);
  });

  test('that lie elsewhere than was said at first begin again', async (t) => {
    const at = await setup(t);
    const others = [
      { start: 0, end: 1000 },
      { start: 1000, end: 2000 },
      { start: 150_000, end: 290_000 },
    ];
    const first = await at.begin(others);
    write(first, 0, 200_000);
    await first.close();
    const ingest = await at.begin();
    assert.equal(ingest.doneBytes, 0);
    write(ingest, 0, layer.length);
    await ingest.commit();
    await ingest.close();
    await assertWhole(at);
  });

  test('and a download of the layer itself take nothing of each other for their own', async (t) => {
    const at = await setup(t);
    const parts = await at.begin();
    write(parts, 0, 250_000);
    await parts.close();
    const whole = await at.store.openIngest(descriptor);
    assert.equal(whole.doneBytes, 0);
    write(whole, 0, 200_000);
    await whole.close();
    assert.deepEqual((await readdir(at.folder)).sort(), ['data', 'progress.json', 'state.json']);
    const again = await at.begin();
    assert.equal(again.doneBytes, 0);
    write(again, 0, layer.length);
    await again.commit();
    await again.close();
    await assertWhole(at);
  });

  test('take nothing of a layer that was being unpacked as a stream', async (t) => {
    const at = await setup(t);
    await mkdir(at.folder);
    for (const name of ['member-0', 'member-7']) await writeFile(join(at.folder, name), randomBytes(5000));
    await writeFile(join(at.folder, 'progress.json'), '');
    const ingest = await at.begin();
    assert.equal(ingest.doneBytes, 0);
    assert.ok(!(await readdir(at.folder)).includes('member-7'));
    write(ingest, 0, layer.length);
    await ingest.commit();
    await ingest.close();
    await assertWhole(at);
  });

  test('with a wrong digest are thrown away', async (t) => {
    const at = await setup(t);
    const ingest = await at.begin();
    ingest.write(randomBytes(layer.length), 0);
    await assert.rejects(ingest.commit(), { code: 'digest-mismatch' });
    assert.equal(ingest.doneBytes, 0);
    await ingest.restart();
    write(ingest, 0, layer.length);
    await ingest.commit();
    await ingest.close();
    await assertWhole(at);
  });

  test('of which the verified bytes say something else are no content', async (t) => {
    const at = await setup(t);
    const ingest = await at.begin(bodies, async () => {
      throw new ModelError('unsupported-artifact', asLocalized('It has a file named “..”.'));
    });
    write(ingest, 0, layer.length);
    await assert.rejects(ingest.commit(), { code: 'unsupported-artifact' });
    await ingest.discard();
    assert.equal(await at.store.unpacked(descriptor.digest), undefined);
    assert.deepEqual(await readdir(join(at.root, 'blobs')), []);
    assert.deepEqual(await readdir(join(at.root, 'ingest')), []);
  });

  const records = [
    [[-1, 2]],
    [[5, 2]],
    [
      [0, 3],
      [2, 4],
    ],
    [[0, 300_001]],
  ].map((wrong) => JSON.stringify({ digest: descriptor.digest, size: layer.length, bodies: wrong }));
  for (const text of ['', '{', '{"digest":"sha256:x"}', ...records]) {
    test(`a record ${JSON.stringify(text)} of where they lie is none`, async (t) => {
      const at = await setup(t);
      await mkdir(at.folder);
      await writeFile(join(at.folder, 'bodies.json'), text);
      assert.equal(await at.store.layerBodies(descriptor.digest), undefined);
    });
  }

  test('are not written to a folder that is gone', async (t) => {
    const root = join(await temporaryFolder(t), 'file');
    await writeFile(root, '');
    const store = new ContentStore(root);
    await assert.rejects(store.openLayer(descriptor, { bodies, describe: describeIt }), {
      code: 'store-error',
    });
  });
});
