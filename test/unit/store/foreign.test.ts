/** Files that the store did not make are neither removed nor moved, overwritten or written through. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmod,
  copyFile,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { isModelError } from '../../../src/base/error.ts';
import { digestOf } from '../../../src/oci/spec/digest.ts';
import { parseReference } from '../../../src/oci/spec/reference.ts';
import { ContentStore, FolderInUseError, isStore, ModelStore, moveModels } from '../../../src/store/index.ts';
import { randomBytes } from '../../support/random.ts';
import {
  addModel,
  descriptorOf,
  filesIn,
  openStore,
  recordingLog,
  type TinyModel,
  temporaryFolder,
  tinyModel,
  writePartial,
} from './support.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const later = { now: Date.now() + 30 * DAY_MS, graceMs: -60_000 };
const noSymlinks = process.platform === 'win32' && 'links need a permission on Windows';
const noPipes = process.platform === 'win32' && 'no mkfifo';

function code(expected: string, text?: RegExp) {
  return (error: unknown) =>
    isModelError(error) && error.code === expected && (text === undefined || text.test(error.message));
}
const isForeign = code('store-error', /OCI Models did not make/);

const layerOf = ({ layers }: TinyModel): Buffer => layers[0] ?? Buffer.alloc(0);

/** Writes files, all with the same text. */
async function write(root: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), 'precious');
  }
}

async function assertPrecious(root: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) assert.equal(await readFile(join(root, path), 'utf8'), 'precious', path);
}

/** Makes of a store what version 0.1.0 would have left: no id, no records, no marks in index.json. */
async function asOlderVersion(store: ModelStore): Promise<void> {
  const { root } = store;
  await rm(join(root, 'records'), { recursive: true });
  await writeFile(join(root, 'store.json'), '{"version":1}\n');
  const index = JSON.parse(await readFile(join(root, 'index.json'), 'utf8'));
  for (const entry of index.manifests) delete entry.annotations['vnd.oci-models.store'];
  await writeFile(join(root, 'index.json'), JSON.stringify(index));
}

async function reopen(t: TestContext, { root }: ModelStore, log = recordingLog()): Promise<ModelStore> {
  const store = await ModelStore.open(root, { log });
  t.after(() => store.dispose());
  return store;
}

/** Everything that removes, moves or replaces something, whatever comes of it. */
async function doEverything(store: ModelStore, model: TinyModel): Promise<void> {
  const reference = parseReference('ai/one');
  const digests = [...model.layers, model.config, model.manifest].map((bytes) => digestOf(bytes));
  for (const work of [
    () => store.verify(),
    () => store.collectGarbage(later),
    () => store.restoreFiles(reference),
    () => addModel(store, 'ai/one', model),
    () => addModel(store, 'ai/one', tinyModel()),
    () => store.discardUnneeded(digests),
    ...digests.map((digest) => () => store.removePartial(digest)),
    () => store.deleteReference(reference),
    () => store.collectGarbageDaily(),
    () => store.collectGarbage(later),
  ])
    await work().catch((error: unknown) => assert.ok(isModelError(error), String(error)));
}

describe('a folder becomes a store', () => {
  const layouts: Record<string, string[]> = {
    'like Ollama’s': ['models/blobs/sha256-aaaa', 'models/manifests/registry.ollama.ai/library/x/latest'],
    'like LM Studio’s': ['models/lmstudio-community/Qwen/qwen.gguf'],
    'like Docker Model Runner’s': [`blobs/sha256/${'ab'.repeat(32)}`, 'models.json', 'layout.json'],
    'with one file': ['notes.txt'],
    'with a hidden file': ['.hidden'],
  };
  for (const [name, files] of Object.entries(layouts)) {
    test(`not if it is ${name}: a subfolder is offered`, async (t) => {
      const root = await temporaryFolder(t);
      await write(root, files);
      await assert.rejects(ModelStore.open(root), (error: unknown) => {
        assert.ok(error instanceof FolderInUseError);
        assert.equal(error.suggestedFolder, join(root, 'oci-models'));
        assert.ok(error.message.includes(error.suggestedFolder));
        return true;
      });
      assert.deepEqual(await filesIn(root), [...files].sort());
      const store = await ModelStore.open(join(root, 'oci-models'));
      await addModel(store, 'ai/one', tinyModel());
      await store.collectGarbage(later);
      store.dispose();
      await assertPrecious(root, files);
      // The folder that has a store by now is offered again, and so is none that has something else.
      await assert.rejects(
        ModelStore.open(root),
        (error: unknown) => error instanceof FolderInUseError && error.suggestedFolder === store.root,
      );
    });
  }

  for (const text of [
    '{"version":1}',
    '{"version":1,"name":"my shop","items":[1,2]}',
    '{"version":1,"id":"6ba7b810-9dad-41d1-80b4-00c04fd430c8","todos":["a"]}',
    '{"version":1,"id":null}',
    '{"version":2,"items":[1]}',
    '[]',
    '',
    'precious',
  ]) {
    test(`not by a store.json of another program: ${text}`, async (t) => {
      const root = await temporaryFolder(t);
      await write(root, ['photos/a.jpg', 'oci-models/store.json']);
      await writeFile(join(root, 'store.json'), text);
      await assert.rejects(ModelStore.open(root), (error: unknown) => {
        assert.ok(error instanceof FolderInUseError);
        assert.equal(error.suggestedFolder, join(root, 'oci-models-2'));
        return true;
      });
      assert.equal(await isStore(root), false);
      assert.equal(await readFile(join(root, 'store.json'), 'utf8'), text);
      assert.deepEqual((await readdir(root)).sort(), ['oci-models', 'photos', 'store.json']);
    });
  }

  test('not if its own marker is damaged, and nothing tells to overwrite it', async (t) => {
    const store = await openStore(t);
    await addModel(store, 'ai/one', tinyModel());
    const before = await filesIn(store.root);
    await writeFile(join(store.root, 'store.json'), '{"ver');
    await assert.rejects(
      ModelStore.open(store.root),
      code('store-error', /store\.json is damaged.* Restore the file from a backup/),
    );
    assert.deepEqual(await filesIn(store.root), before);
    assert.equal(await readFile(join(store.root, 'store.json'), 'utf8'), '{"ver');
  });

  test('if only a system left its files there, or if it is empty', async (t) => {
    const root = await temporaryFolder(t);
    await mkdir(join(root, 'lost+found'));
    await writeFile(join(root, '.DS_Store'), 'precious');
    (await ModelStore.open(root)).dispose();
    await assertPrecious(root, ['.DS_Store']);
  });

  test('with a warning, once, if others may write there', {
    skip: process.platform === 'win32' && 'no modes on Windows',
  }, async (t) => {
    const root = await temporaryFolder(t);
    const log = recordingLog();
    (await ModelStore.open(root, { log })).dispose();
    assert.deepEqual(log.lines, []);
    await chmod(root, 0o777);
    for (let time = 0; time < 2; time++) (await ModelStore.open(root, { log })).dispose();
    assert.equal(log.lines.length, 1);
    assert.match(log.lines[0] ?? '', /may be written by other users.*choose a folder of your own/);
  });

  test('with another name for the subfolder where that is taken', async (t) => {
    const root = await temporaryFolder(t);
    await write(root, ['oci-models/mine', 'oci-models-2']);
    await assert.rejects(
      ModelStore.open(root),
      (error: unknown) =>
        error instanceof FolderInUseError && error.suggestedFolder === join(root, 'oci-models-3'),
    );
  });

  test('through a link to it, but not with a link in it', { skip: noSymlinks }, async (t) => {
    const root = await temporaryFolder(t);
    const real = await temporaryFolder(t);
    await symlink(real, join(root, 'link'));
    const store = await ModelStore.open(join(root, 'link'));
    store.dispose();
    for (const name of ['models', 'blobs', 'refs', 'ingest', 'quarantine', 'records', 'leases', 'unpacked']) {
      const home = await temporaryFolder(t);
      await write(home, ['Documents/thesis.txt']);
      await rm(join(real, name), { recursive: true, force: true });
      await symlink(home, join(real, name));
      await assert.rejects(ModelStore.open(real), isForeign, name);
      await assertPrecious(home, ['Documents/thesis.txt']);
      assert.deepEqual(await readdir(home), ['Documents'], name);
      await rm(join(real, name));
    }
  });
});

describe('what lies in the store and is not ours', () => {
  test('stays through all that a store does', async (t) => {
    const store = await openStore(t);
    const model = tinyModel();
    await addModel(store, 'ai/one', model);
    const paths = [
      `blobs/sha256/${'ab'.repeat(32)}`,
      'blobs/sha256/notes.txt',
      'blobs/sha512/notes.txt',
      `quarantine/sha256-${'cd'.repeat(32)}`,
      `unpacked/sha256-${'cd'.repeat(32)}.json`,
      'models/mine/deep/model.gguf',
      'models/docker.io_ai_one_latest/notes.txt',
      'models/docker.io_ai_one_latest/.tmp-6ba7b810-9dad-41d1-80b4-00c04fd430c8',
      'models/loose.gguf',
      'ingest/tmp-6ba7b810-9dad-41d1-80b4-00c04fd430c8',
      'ingest/tmp-mine/file',
      `ingest/sha256-${'ef'.repeat(32)}/data`,
      `ingest/sha256-${'ef'.repeat(32)}/notes.txt`,
      'leases/mine.json',
      'leases/6ba7b810-9dad-41d1-80b4-00c04fd430c8.json',
      'cache/mine.txt',
      'cache/references.ndjson',
      'reserve',
    ];
    await rm(join(store.root, 'reserve'));
    await rm(join(store.root, 'cache'), { recursive: true, force: true });
    await write(store.root, paths);
    await doEverything(await reopen(t, store), model);
    await assertPrecious(store.root, paths);
  });

  test('stays in a store of an older version, too', async (t) => {
    const store = await openStore(t);
    const [model, gone] = [tinyModel(), tinyModel()];
    await addModel(store, 'ai/one', model);
    await addModel(store, 'ai/gone', gone);
    await asOlderVersion(store);
    // Nothing says any more who made these.
    await rm(join(store.root, 'refs', 'docker.io_ai_gone_latest.json'));
    const paths = [`blobs/sha256/${'ab'.repeat(32)}`, 'models/mine/model.gguf', 'ingest/tmp-1/x', 'main.py'];
    await write(store.root, paths);
    const log = recordingLog();
    const next = await reopen(t, store, log);
    await doEverything(next, model);
    await assertPrecious(store.root, paths);
    assert.deepEqual(await readFile(next.blobPath(digestOf(layerOf(gone)))), layerOf(gone));
    assert.ok(log.lines.some((line) => line.includes('left alone')));
  });

  test('and is the content of a model is used, verified, and not removed with it', async (t) => {
    const store = await openStore(t);
    const model = tinyModel();
    const path = store.blobPath(digestOf(layerOf(model)));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, layerOf(model));
    assert.equal(await store.hasBlob(descriptorOf(layerOf(model))), true);
    await store.collectGarbage(later);
    const reference = await addModel(store, 'ai/one', model);
    assert.deepEqual((await store.verify()).damaged, []);
    const { freedBytes } = await store.deletionPreview(reference);
    assert.equal((await store.deleteReference(reference)).freedBytes, freedBytes);
    assert.ok(freedBytes < 5000);
    await store.collectGarbage(later);
    assert.deepEqual(await readFile(path), layerOf(model));
  });

  for (const [name, sign] of [
    ['with another tool in its folder keeps all content', 'models.json'],
    ['alone in its folder gets the room of its models back', undefined],
  ] as const) {
    test(`a store of an older version ${name}`, async (t) => {
      const store = await openStore(t);
      const model = tinyModel();
      const reference = await addModel(store, 'ai/one', model);
      await asOlderVersion(store);
      if (sign !== undefined) await write(store.root, [sign]);
      const next = await reopen(t, store);
      const { freedBytes } = await next.deletionPreview(reference);
      await next.verify();
      assert.equal((await next.deleteReference(reference)).freedBytes, freedBytes);
      await next.collectGarbage(later);
      const isThere = (await next.blobDigests()).has(digestOf(layerOf(model)));
      assert.deepEqual([isThere, freedBytes > 5000], sign === undefined ? [false, true] : [true, false]);
    });
  }

  test('in the place of a record of layers ends no collection', { skip: noSymlinks }, async (t) => {
    const store = await openStore(t);
    const other = join(await temporaryFolder(t), 'mine');
    await writeFile(other, 'precious');
    await mkdir(join(store.root, 'unpacked'), { recursive: true });
    await symlink(other, join(store.root, 'unpacked', `sha256-${'ab'.repeat(32)}.json`));
    await mkdir(join(store.root, 'unpacked', `sha256-${'cd'.repeat(32)}.json`));
    await store.collectGarbage(later);
    assert.equal(await readFile(other, 'utf8'), 'precious');
    assert.equal((await readdir(join(store.root, 'unpacked'))).length, 2);
  });

  test('under the name of a pending move is none, and stays', async (t) => {
    const [from, to] = [await openStore(t), await openStore(t)];
    const reference = await addModel(from, 'ai/one', tinyModel());
    await write(to.root, ['moving.json']);
    await assert.rejects(moveModels(from, to), isForeign);
    await assertPrecious(to.root, ['moving.json']);
    assert.ok(await from.getReference(reference));
  });

  test('by a link of an older store is content, and not to be moved away', {
    skip: noSymlinks,
  }, async (t) => {
    const store = await openStore(t);
    await addModel(store, 'ai/one', tinyModel());
    await asOlderVersion(store);
    const blobs = join(await temporaryFolder(t), 'blobs');
    await rename(join(store.root, 'blobs'), blobs);
    await symlink(blobs, join(store.root, 'blobs'));
    await assert.rejects(ModelStore.open(store.root), (error: unknown) => {
      assert.ok(isModelError(error, 'store-error'));
      assert.match(error.message, /blobs is a link that .* nothing was changed/);
      assert.doesNotMatch(error.message, /[Mm]ove it away/);
      return true;
    });
    assert.ok((await readdir(join(blobs, 'sha256'))).length > 0);
  });

  test('keeps its name where a model would have it', async (t) => {
    const store = await openStore(t);
    const [one, two] = [tinyModel(), tinyModel()];
    const reference = await addModel(store, 'ai/one', one);
    const path = store.modelFilePath(reference, 'model.gguf');
    await rm(path);
    await write(dirname(path), ['model.gguf']);
    await assert.rejects(addModel(store, 'ai/one', two), isForeign);
    await doEverything(store, one);
    await assertPrecious(dirname(path), ['model.gguf']);
    await rm(path);
    await addModel(store, 'ai/one', two);
    assert.deepEqual(await readFile(path), layerOf(two));
  });

  test('keeps the name of content, and is content only with the right digest', async (t) => {
    const store = await openStore(t);
    const model = tinyModel();
    const layer = layerOf(model);
    const path = store.blobPath(digestOf(layer));
    await mkdir(dirname(path), { recursive: true });
    const planted = randomBytes(layer.length);
    await writeFile(path, planted);
    assert.equal(await store.hasBlob(descriptorOf(layer)), false, 'it is hashed');
    await assert.rejects(store.openIngest(descriptorOf(layer)), isForeign);
    await assert.rejects(store.writeBlob(descriptorOf(layer), layer), isForeign);
    await assert.rejects(store.removeBlob(digestOf(layer)), isForeign);
    await doEverything(store, model);
    assert.deepEqual(await readFile(path), planted);
    await writeFile(path, layer);
    assert.equal(await store.hasBlob(descriptorOf(layer)), true);
    const reference = await addModel(store, 'ai/one', model);
    assert.deepEqual(await readFile(store.modelFilePath(reference, 'model.gguf')), layer);
  });

  test('is told of by verification, and is not moved to quarantine', async (t) => {
    const store = await openStore(t);
    const model = tinyModel();
    await addModel(store, 'ai/one', model);
    const path = store.blobPath(digestOf(layerOf(model)));
    await rm(path);
    await write(dirname(path), [path.slice(dirname(path).length + 1)]);
    const { damaged } = await store.verify();
    assert.match(damaged[0]?.problems[0] ?? '', /did not make it\. Move it away/);
    assert.equal(await readFile(path, 'utf8'), 'precious');
  });

  test('may be the other name of a file of ours', async (t) => {
    const store = await openStore(t);
    const model = tinyModel();
    const reference = await addModel(store, 'ai/one', model);
    const ours = store.modelFilePath(reference, 'model.gguf');
    const theirs = [join(dirname(ours), 'mine.gguf'), join(store.root, 'models', 'mine.gguf')];
    for (const path of theirs) await link(ours, path);
    await store.deleteReference(reference);
    await store.collectGarbage(later);
    for (const path of theirs) assert.deepEqual(await readFile(path), layerOf(model));
    await assert.rejects(lstat(ours));
  });
});

describe('a link', { skip: noSymlinks }, () => {
  for (const [name, put] of [
    ['another name of a file elsewhere', (file: string, data: string) => link(file, data)],
    ['a file of its own', (file: string, data: string) => copyFile(file, data)],
  ] as const) {
    test(`in the place of what is there of a download stays: ${name}`, async (t) => {
      const store = await openStore(t);
      const bytes = randomBytes(9000);
      const digest = await writePartial(store, bytes, 4000);
      const data = join(store.root, 'ingest', digest.replace(':', '-'), 'data');
      const thesis = join(await temporaryFolder(t), 'thesis.txt');
      await writeFile(thesis, 'precious');
      await rename(data, `${thesis}.ours`);
      await put(thesis, data);
      await assert.rejects(store.openIngest(descriptorOf(bytes)), isForeign);
      assert.equal(await store.removePartial(digest), 0);
      await store.collectGarbage(later);
      assert.equal(await readFile(data, 'utf8'), 'precious');
      assert.equal(await readFile(thesis, 'utf8'), 'precious');
      // Without it the download goes on.
      await rm(data);
      const ingest = await store.openIngest(descriptorOf(bytes));
      ingest.write(bytes, 0);
      await ingest.commit();
      await ingest.close();
      assert.deepEqual(await readFile(store.blobPath(digest)), bytes);
    });
  }

  test('is not written through a download that has another name', async (t) => {
    const store = await openStore(t);
    const bytes = randomBytes(9000);
    const digest = await writePartial(store, bytes, 4000);
    const data = join(store.root, 'ingest', digest.replace(':', '-'), 'data');
    const other = join(await temporaryFolder(t), 'backup');
    await link(data, other);
    const ingest = await store.openIngest(descriptorOf(bytes));
    assert.equal(ingest.doneBytes, 0);
    ingest.write(bytes, 0);
    await ingest.commit();
    await ingest.close();
    assert.equal((await stat(other)).size, 4000);
  });

  test('is written through nowhere', async (t) => {
    const victim = await temporaryFolder(t);
    await write(victim, ['file', 'folder/note.txt']);
    const model = tinyModel();
    const [digest, folderName] = [digestOf(layerOf(model)), 'docker.io_ai_one_latest'];
    const hex = digest.slice('sha256:'.length);
    const places: [string, string][] = [
      [`blobs/sha256/${hex}`, 'file'],
      [`ingest/sha256-${hex}/data`, 'file'],
      [`ingest/sha256-${hex}/state.json`, 'file'],
      [`ingest/sha256-${hex}/state.json.new`, 'file'],
      [`ingest/sha256-${hex}/progress.json`, 'file'],
      [`ingest/sha256-${hex}/rest`, 'file'],
      [`ingest/sha256-${hex}`, 'folder'],
      [`models/${folderName}`, 'folder'],
      [`models/${folderName}/model.gguf`, 'file'],
      [`refs/${folderName}.json`, 'file'],
      [`records/blobs/sha256-${hex}.json`, 'file'],
      [`quarantine/sha256-${hex}`, 'file'],
      ['blobs/sha256', 'folder'],
      ['reserve', 'file'],
      ['housekeeping.json', 'file'],
      ['cache/references.ndjson', 'file'],
      ['cache', 'folder'],
      ['store.lock', 'file'],
    ];
    for (const [place, target] of places) {
      const store = await openStore(t);
      await mkdir(dirname(join(store.root, place)), { recursive: true });
      await rm(join(store.root, place), { recursive: true, force: true });
      await symlink(join(victim, target), join(store.root, place));
      const bring = async (): Promise<void> => {
        const ingest = await store.openIngest(descriptorOf(layerOf(model)));
        try {
          if (!ingest.stored) ingest.write(layerOf(model), 0);
          await ingest.commit();
        } finally {
          await ingest.close();
        }
      };
      await bring().catch((error: unknown) => assert.ok(isModelError(error), String(error)));
      const unpacking = new ContentStore(store.root).openUnpacking(descriptorOf(layerOf(model)));
      await unpacking.then(
        (open) => open.close(),
        () => undefined,
      );
      await doEverything(store, model);
      assert.equal(await readFile(join(victim, 'file'), 'utf8'), 'precious', place);
      assert.deepEqual(await filesIn(victim), ['file', 'folder/note.txt'], place);
    }
  });
});

describe('a pipe', { skip: noPipes }, () => {
  test('in the place of any file is waited for nowhere', async (t) => {
    const model = tinyModel();
    const hex = digestOf(layerOf(model)).slice('sha256:'.length);
    const places = [
      'store.lock',
      'index.json',
      'oci-layout',
      'housekeeping.json',
      'reserve',
      'refs/docker.io_ai_one_latest.json',
      `blobs/sha256/${hex}`,
      `ingest/sha256-${hex}/lock`,
      `ingest/sha256-${hex}/state.json`,
      `ingest/sha256-${hex}/data`,
      'models/docker.io_ai_one_latest/model.gguf',
      'cache/references.ndjson',
    ];
    for (const place of places) {
      const store = await openStore(t);
      await mkdir(dirname(join(store.root, place)), { recursive: true });
      await rm(join(store.root, place), { force: true });
      execFileSync('mkfifo', [join(store.root, place)]);
      await store.openIngest(descriptorOf(layerOf(model))).then(
        (ingest) => ingest.close(),
        (error: unknown) => assert.ok(isModelError(error, 'store-error'), `${place}: ${error}`),
      );
      await doEverything(store, model);
      await ModelStore.open(store.root).then(
        (other) => other.dispose(),
        (error: unknown) => assert.ok(isModelError(error, 'store-error'), `${place}: ${error}`),
      );
      assert.ok((await lstat(join(store.root, place))).isFIFO(), place);
    }
  });
});

describe('files of a model before they are used', () => {
  test('are hashed again if they are not what was verified', async (t) => {
    const store = await openStore(t);
    const model = tinyModel();
    const reference = await addModel(store, 'ai/one', model);
    const path = store.modelFilePath(reference, 'model.gguf');
    let hashes = 0;
    const check = async (): Promise<number> => {
      hashes = 0;
      await store.checkFiles(reference, { onHash: () => hashes++ });
      return hashes;
    };
    assert.equal(await check(), 0);
    await chmod(path, 0o644);
    const file = await open(path, 'r+');
    const now = new Date(Date.now() - 60_000);
    await file.utimes(now, now);
    assert.equal(await check(), 1, 'another time');
    assert.equal(await check(), 0, 'once');
    await file.write(Buffer.from([1, 2, 3]), 0, 3, 10);
    await file.close();
    await assert.rejects(check(), code('digest-mismatch', /changed on this disk/));
    await rename(path, `${path}.theirs`);
    await assert.rejects(check(), code('not-found'));
    await copyFile(`${path}.theirs`, path);
    await assert.rejects(check(), code('digest-mismatch'));
  });

  test('that another program changes through its own name are found', async (t) => {
    const store = await openStore(t);
    const model = tinyModel();
    const theirs = join(await temporaryFolder(t), 'theirs.gguf');
    await writeFile(theirs, layerOf(model));
    assert.equal(
      (await store.adoptBlob(descriptorOf(layerOf(model)), theirs, { ways: ['link'] })).way,
      'link',
    );
    const reference = await addModel(store, 'ai/one', model);
    await store.checkFiles(reference);
    const before = (await stat(theirs)).mtimeMs;
    while ((await stat(theirs)).mtimeMs === before)
      await writeFile(theirs, randomBytes(layerOf(model).length));
    await assert.rejects(store.checkFiles(reference), code('digest-mismatch'));
    assert.equal(await store.hasBlob(descriptorOf(layerOf(model))), false);
  });
});
