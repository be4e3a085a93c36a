/** Content that other tools' entries in index.json need, also if there are thousands of them. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { silentLog } from '../../../src/base/log.ts';
import { digestOf } from '../../../src/oci/spec/digest.ts';
import { Layout } from '../../../src/store/disk/layout.ts';
import type { ForeignEntry } from '../../../src/store/models/imageIndex.ts';
import { keptBesides } from '../../../src/store/models/needed.ts';
import type { StoreParts } from '../../../src/store/models/storeParts.ts';
import { descriptorOf, openStore } from './support.ts';

/** Counts the blobs that are looked at. */
class CountingLayout extends Layout {
  looks = 0;

  override blob(digest: string): string {
    this.looks++;
    return super.blob(digest);
  }
}

const entryOf = (digest: string): ForeignEntry => ({ digest, line: '' });
const digestAt = (index: number): string => digestOf(Buffer.from(`absent ${index}`));

interface Setup {
  /** Puts a manifest there. @returns its digest. */
  readonly put: (content: object | string) => Promise<string>;
  readonly kept: (entries: readonly ForeignEntry[]) => Promise<Set<string> | undefined>;
  readonly layout: CountingLayout;
}

async function prepare(t: TestContext): Promise<Setup> {
  const store = await openStore(t);
  const layout = new CountingLayout(store.root);
  return {
    layout,
    async put(content) {
      const bytes = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
      await store.writeBlob(descriptorOf(bytes), bytes);
      return digestOf(bytes);
    },
    kept(entries) {
      const index = { foreign: async () => entries };
      const leases = { digests: async () => new Set<string>() };
      const parts = { layout, log: silentLog, index, leases };
      return keptBesides(parts as unknown as StoreParts, { entries: [], damaged: 0 });
    },
  };
}

describe('entries of other tools', () => {
  test('keep their manifests and what these name, and nothing is looked for that is elsewhere', async (t) => {
    const { put, kept, layout } = await prepare(t);
    const [config, layer, other] = [digestAt(1), digestAt(2), digestAt(3)];
    const manifest = await put({ config: { digest: config }, layers: [{ digest: layer }] });
    const artifact = await put({ blobs: [{ digest: other }] });
    const absent = Array.from({ length: 5_000 }, (_, index) => digestAt(100 + index));
    const found = await kept([...absent, manifest, artifact].map(entryOf));
    assert.deepEqual(found, new Set([...absent, manifest, artifact, config, layer, other]));
    assert.equal(layout.looks, 2);
  });

  test('that name the same manifests have them read once', async (t) => {
    const { put, kept, layout } = await prepare(t);
    const layers = Array.from({ length: 40 }, (_, index) => digestAt(index));
    const manifests: string[] = [];
    for (const digest of layers) manifests.push(await put({ layers: [{ digest }] }));
    const index = await put({ manifests: manifests.map((digest) => ({ digest })) });
    const above = await put({ manifests: [{ digest: index }, { digest: manifests[0] }] });
    const entries = Array.from({ length: 500 }, () => [entryOf(above), entryOf(index)]).flat();
    assert.deepEqual(await kept(entries), new Set([above, index, ...manifests, ...layers]));
    assert.equal(layout.looks, 42);
  });

  test('keep everything if one of them cannot be read', async (t) => {
    const { put, kept } = await prepare(t);
    const good = await put({ layers: [] });
    const broken = await put('{"layers":');
    const nested = await put({ manifests: [{ digest: broken }] });
    assert.deepEqual(await kept([entryOf(good)]), new Set([good]));
    for (const entry of [broken, nested, 'not a digest']) {
      const entries = [...Array.from({ length: 50 }, () => good), entry, good].map(entryOf);
      assert.equal(await kept(entries), undefined, entry);
    }
  });
});
