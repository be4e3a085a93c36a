import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isModelError } from '../../../src/base/error.ts';
import { digestOf } from '../../../src/oci/spec/digest.ts';
import { formatReference, parseReference } from '../../../src/oci/spec/reference.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { randomBytes } from '../../support/random.ts';
import { until } from '../../support/until.ts';
import {
  addModel,
  descriptorOf,
  fileNames,
  filesIn,
  forgetContent,
  openStore,
  recordingLog,
  temporaryFolder,
  tinyModel,
} from './support.ts';

const run = promisify(execFile);
const hasSkopeo = await run('skopeo', ['--version']).then(
  () => true,
  () => false,
);

function code(expected: string) {
  return (error: unknown) => isModelError(error) && error.code === expected;
}

async function names(store: ModelStore): Promise<string[]> {
  return (await store.references()).map((stored) => formatReference(stored.reference));
}

async function indexNames(store: ModelStore): Promise<string[]> {
  const index = JSON.parse(await readFile(join(store.root, 'index.json'), 'utf8'));
  return index.manifests.map(
    (entry: { annotations: Record<string, string> }) =>
      entry.annotations['org.opencontainers.image.ref.name'],
  );
}

describe('small blobs', () => {
  test('are written, verified and read back', async (t) => {
    const store = await openStore(t);
    const bytes = randomBytes(100);
    const descriptor = descriptorOf(bytes);
    await store.writeBlob(descriptor, bytes);
    await store.writeBlob(descriptor, bytes);
    assert.deepEqual(await store.readBlob(descriptor, 100), bytes);
    await assert.rejects(store.readBlob(descriptor, 99), code('size-mismatch'));
    await store.removeBlob(descriptor.digest);
    await store.removeBlob(descriptor.digest);
    await assert.rejects(store.readBlob(descriptor, 100), code('not-found'));
  });

  test('with another size or digest do not get in', async (t) => {
    const store = await openStore(t);
    const descriptor = descriptorOf(randomBytes(100));
    await assert.rejects(store.writeBlob(descriptor, randomBytes(99)), code('size-mismatch'));
    await assert.rejects(store.writeBlob(descriptor, randomBytes(100)), code('digest-mismatch'));
    assert.equal(await store.hasBlob(descriptor), false);
  });

  test('that were damaged on disk are not read', async (t) => {
    const store = await openStore(t);
    const bytes = randomBytes(100);
    const descriptor = descriptorOf(bytes);
    await store.writeBlob(descriptor, bytes);
    const path = store.blobPath(descriptor.digest);
    await chmod(path, 0o644);
    await truncate(path, 50);
    assert.equal(await store.hasBlob(descriptor), false);
    await assert.rejects(store.readBlob(descriptor, 100), code('digest-mismatch'));
    await writeFile(path, randomBytes(100));
    await assert.rejects(store.readBlob(descriptor, 100), code('digest-mismatch'));
    await writeFile(path, Buffer.concat([bytes, bytes]));
    await assert.rejects(store.readBlob(descriptor, 100), code('digest-mismatch'));
  });
});

describe('a model', () => {
  test('is committed with links, a reference and the index', async (t) => {
    const folder = await temporaryFolder(t);
    const store = await ModelStore.open(folder, { now: () => 1_790_000_000_000 });
    const model = tinyModel([randomBytes(3000), randomBytes(2000)]);
    const reference = await addModel(store, 'ai/tiny:latest', model);
    const stored = await store.getReference(reference);
    assert.deepEqual(stored, {
      reference,
      manifest: model.manifestDescriptor,
      files: fileNames(model),
      pulledAt: 1_790_000_000_000,
    });
    assert.deepEqual(await indexNames(store), ['docker.io/ai/tiny:latest']);
    for (const [index, layer] of model.layers.entries()) {
      const path = store.modelFilePath(reference, `model-0000${index + 1}-of-00002.gguf`);
      assert.deepEqual(await readFile(path), layer);
      const [blob, link] = await Promise.all([stat(store.blobPath(digestOf(layer))), stat(path)]);
      assert.equal(blob.ino, link.ino, 'one file with two names');
    }
    const reopened = await ModelStore.open(folder);
    assert.deepEqual(await names(reopened), ['docker.io/ai/tiny:latest']);
  });

  test('is not committed without all its content', async (t) => {
    const store = await openStore(t);
    const model = tinyModel();
    const commit = {
      reference: parseReference('ai/tiny'),
      manifest: model.manifestDescriptor,
      manifestBytes: model.manifest,
      files: fileNames(model),
    };
    await assert.rejects(
      store.commitModel(commit),
      (error: unknown) => isModelError(error, 'store-error') && error.retryable,
    );
    assert.deepEqual(await names(store), []);
    assert.deepEqual(await indexNames(store), []);
  });

  test('has only files that are its layers, with names that stay inside', async (t) => {
    const store = await openStore(t);
    const model = tinyModel();
    await addModel(store, 'ai/tiny:good', model);
    const commit = (files: { name: string; digest: string }[]) =>
      store.commitModel({
        reference: parseReference('ai/tiny:bad'),
        manifest: model.manifestDescriptor,
        manifestBytes: model.manifest,
        files,
      });
    const [layer = Buffer.alloc(0)] = model.layers;
    await assert.rejects(commit([{ name: 'x', digest: digestOf(model.config) }]), code('store-error'));
    await assert.rejects(commit([{ name: '../x', digest: digestOf(layer) }]), code('store-error'));
    assert.deepEqual(await names(store), ['docker.io/ai/tiny:good']);
  });

  test('that is an index or no manifest at all is refused', async (t) => {
    const store = await openStore(t);
    for (const text of ['{"schemaVersion":2,"manifests":[]}', 'hello']) {
      const manifestBytes = Buffer.from(text);
      const manifest = descriptorOf(manifestBytes);
      const commit = store.commitModel({
        reference: parseReference('a/b'),
        manifest,
        manifestBytes,
        files: [],
      });
      await assert.rejects(commit, code('manifest-invalid'));
    }
  });

  test('in a new version replaces the old one, and frees it', async (t) => {
    const store = await openStore(t);
    const shared = randomBytes(1000);
    const old = tinyModel([shared, randomBytes(2000)]);
    await addModel(store, 'ai/tiny', old);
    const reference = await addModel(store, 'ai/tiny', tinyModel([shared]));
    assert.equal(await store.hasBlob(descriptorOf(shared)), true);
    assert.equal(await store.hasBlob(descriptorOf(old.layers[1] ?? shared)), false);
    assert.equal(await store.hasBlob(old.manifestDescriptor), false);
    const files = await filesIn(join(store.root, 'models'));
    assert.deepEqual(files, ['docker.io_ai_tiny_latest/model.gguf']);
    assert.equal((await store.getReference(reference))?.files.length, 1);
  });

  test('that was damaged by hand is whole after the next pull', async (t) => {
    const store = await openStore(t);
    const model = tinyModel();
    const reference = await addModel(store, 'ai/tiny', model);
    await store.removeBlob(digestOf(model.layers[0] ?? Buffer.alloc(0)));
    await addModel(store, 'ai/tiny', model);
    const path = store.modelFilePath(reference, 'model.gguf');
    const blob = store.blobPath(digestOf(model.layers[0] ?? Buffer.alloc(0)));
    assert.equal((await stat(path)).ino, (await stat(blob)).ino, 'the link is to the new file');
    await rm(path);
    await addModel(store, 'ai/tiny', model);
    assert.deepEqual(await readFile(path), model.layers[0]);
  });
});

describe('deleting a reference', () => {
  test('frees all that only it needs', async (t) => {
    const store = await openStore(t);
    const shared = randomBytes(10_000);
    const config = Buffer.from('{"a":1}');
    const one = tinyModel([shared, randomBytes(500)], config);
    const two = tinyModel([shared], config);
    const first = await addModel(store, 'ai/one', one);
    const second = await addModel(store, 'ai/two', two);
    const alias = await addModel(store, 'ai/two:alias', two);
    assert.deepEqual(await store.deleteReference(first), { freedBytes: 500 + one.manifest.length });
    assert.deepEqual(await store.deleteReference(alias), { freedBytes: 0 });
    assert.deepEqual(await indexNames(store), ['docker.io/ai/two:latest']);
    assert.deepEqual(await readFile(store.modelFilePath(second, 'model.gguf')), shared);
    assert.deepEqual(await store.deleteReference(second), {
      freedBytes: 10_000 + config.length + two.manifest.length,
    });
    assert.deepEqual(await filesIn(store.root), ['index.json', 'oci-layout', 'reserve', 'store.json']);
    await assert.rejects(store.deleteReference(second), code('not-found'));
  });

  test('keeps everything while the manifest of another one is unreadable', async (t) => {
    const log = recordingLog();
    const store = await openStore(t, log);
    const shared = randomBytes(1000);
    const other = tinyModel([shared], Buffer.from('{"b":2}'));
    const first = await addModel(store, 'ai/one', tinyModel([shared]));
    await forgetContent(store, await addModel(store, 'ai/other', other));
    await store.removeBlob(other.manifestDescriptor.digest);
    assert.deepEqual(await store.deleteReference(first), { freedBytes: 0 });
    assert.equal(await store.hasBlob(descriptorOf(shared)), true);
    assert.ok(log.lines.some((line) => line.includes('docker.io/ai/other:latest')));
  });

  test('needs no manifest of another one, where its reference says what it has', async (t) => {
    const store = await openStore(t);
    const shared = randomBytes(1000);
    const other = tinyModel([shared], Buffer.from('{"b":2}'));
    const one = tinyModel([shared]);
    const first = await addModel(store, 'ai/one', one);
    await addModel(store, 'ai/other', other);
    await store.removeBlob(other.manifestDescriptor.digest);
    const freedBytes = one.manifest.length + one.config.length;
    assert.deepEqual(await store.deleteReference(first), { freedBytes });
    assert.equal(await store.hasBlob(descriptorOf(shared)), true);
  });

  test('keeps everything while the reference of another one is damaged', async (t) => {
    const store = await openStore(t);
    const shared = randomBytes(4000);
    const [kept, gone] = [tinyModel([shared, randomBytes(100)]), tinyModel([shared])];
    await addModel(store, 'ai/kept', kept);
    const reference = await addModel(store, 'ai/gone', gone);
    await writeFile(join(store.root, 'refs', 'docker.io_ai_kept_latest.json'), '{');
    assert.deepEqual(await store.deleteReference(reference), { freedBytes: 0 });
    for (const layer of kept.layers) assert.ok(await store.hasBlob(descriptorOf(layer)));
  });

  test('works where its own manifest is gone', async (t) => {
    const store = await openStore(t);
    const model = tinyModel();
    const reference = await addModel(store, 'ai/one', model);
    await forgetContent(store, reference);
    await store.removeBlob(model.manifestDescriptor.digest);
    assert.deepEqual(await store.deleteReference(reference), { freedBytes: 5000 });
  });
});

describe('references', () => {
  test('that are damaged are logged and hide no other one', async (t) => {
    const log = recordingLog();
    const store = await openStore(t, log);
    await addModel(store, 'ai/one', tinyModel());
    const good = await readFile(join(store.root, 'refs', 'docker.io_ai_one_latest.json'), 'utf8');
    const damaged = {
      'half.json': good.slice(0, 40),
      'empty.json': '',
      'array.json': '[]',
      'docker.io_ai_other_latest.json': good,
      'note.txt': 'not a reference',
    };
    for (const [name, text] of Object.entries(damaged)) await writeFile(join(store.root, 'refs', name), text);
    assert.deepEqual(await names(store), ['docker.io/ai/one:latest']);
    assert.equal(log.lines.length, 4);
  });

  test('of two stores that commit at once are all there', async (t) => {
    const store = await openStore(t);
    const other = await ModelStore.open(store.root);
    const commits = Array.from({ length: 8 }, (_, index) =>
      addModel(index % 2 === 0 ? store : other, `ai/model${index}`, tinyModel()),
    );
    await Promise.all(commits);
    const expected = Array.from({ length: 8 }, (_, index) => `docker.io/ai/model${index}:latest`);
    assert.deepEqual(await names(store), expected);
    assert.deepEqual(await indexNames(store), expected);
  });

  test('and the index agree after a kill between the two', async (t) => {
    const store = await openStore(t);
    await addModel(store, 'ai/one', tinyModel());
    await writeFile(join(store.root, 'index.json'), '{"schemaVersion":2,"manifests":[]}');
    const reopened = await ModelStore.open(store.root);
    assert.deepEqual(await indexNames(reopened), ['docker.io/ai/one:latest']);
  });
});

describe('listeners', () => {
  test('hear of changes by this process and by another store, until they end', async (t) => {
    const store = await openStore(t);
    const other = await ModelStore.open(store.root);
    let calls = 0;
    const end = store.onDidChange(() => calls++);
    const heard = async (count: number) => {
      await until(() => calls >= count);
      await delay(80); // what belongs to the same change
      return calls;
    };
    const reference = await addModel(store, 'ai/one', tinyModel());
    // One call for the burst; a second one where the system reports the file late.
    const first = await heard(1);
    assert.ok(first === 1 || first === 2, `${first} calls`);
    await addModel(other, 'ai/two', tinyModel());
    const second = await heard(first + 1);
    assert.ok(second > first);
    end();
    await store.deleteReference(reference);
    await delay(100);
    assert.equal(calls, second);
  });
});

describe('a folder', () => {
  test('with a store of a newer version is refused', async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, 'store.json'), '{"version":2}');
    await assert.rejects(ModelStore.open(folder), (error: unknown) => {
      assert.ok(isModelError(error, 'store-error'));
      assert.match(error.message, /newer version/);
      return true;
    });
    assert.deepEqual(await filesIn(folder), ['store.json']);
  });

  test('with a damaged version is refused', async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, 'store.json'), '{"ver');
    await assert.rejects(ModelStore.open(folder), code('store-error'));
  });

  test("with another tool's layout is left alone", async (t) => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, 'index.json'), '{"schemaVersion":2,"manifests":[]}');
    await assert.rejects(ModelStore.open(folder), code('store-error'));
    assert.deepEqual(await filesIn(folder), ['index.json']);
  });

  test('in which many make the store at the same moment becomes one store', async (t) => {
    const folder = join(await temporaryFolder(t), 'new', 'store');
    const stores = await Promise.all(Array.from({ length: 8 }, () => ModelStore.open(folder)));
    const { id } = JSON.parse(await readFile(join(folder, 'store.json'), 'utf8'));
    assert.match(id, /^[0-9a-f-]{36}$/);
    await Promise.all(stores.map((store, index) => addModel(store, `ai/model${index}`, tinyModel())));
    const [first] = stores;
    assert.ok(first);
    assert.equal((await names(first)).length, 8);
    for (const store of stores) store.dispose();
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('.')),
      [],
    );
  });

  test('that is a file is an error that says so', async (t) => {
    const folder = await temporaryFolder(t);
    const path = join(folder, 'file');
    await writeFile(path, 'x');
    await assert.rejects(ModelStore.open(path), code('store-error'));
  });

  test('that was begun by a killed process is finished', async (t) => {
    const folder = await temporaryFolder(t);
    await mkdir(join(folder, 'refs'));
    await writeFile(join(folder, 'store.json'), '{"version":1}');
    const store = await ModelStore.open(folder);
    await addModel(store, 'ai/one', tinyModel());
    assert.equal(await readFile(join(folder, 'oci-layout'), 'utf8'), '{"imageLayoutVersion":"1.0.0"}\n');
  });
});

describe('skopeo', { skip: !hasSkopeo && 'skopeo is not installed' }, () => {
  test('reads the store as an OCI layout', async (t) => {
    const store = await openStore(t);
    const target = await temporaryFolder(t);
    const model = tinyModel([randomBytes(3000), randomBytes(2000)]);
    await addModel(store, 'ai/tiny:Q4_K_M', model);
    const source = `oci:${store.root}:docker.io/ai/tiny:Q4_K_M`;
    const { stdout } = await run('skopeo', ['inspect', '--raw', source]);
    assert.equal(digestOf(Buffer.from(stdout)), model.manifestDescriptor.digest);
    await run('skopeo', ['--insecure-policy', 'copy', source, `oci:${target}:copy`]);
    const hex = digestOf(model.layers[0] ?? Buffer.alloc(0)).slice('sha256:'.length);
    assert.deepEqual(await readFile(join(target, 'blobs', 'sha256', hex)), model.layers[0]);
  });
});
