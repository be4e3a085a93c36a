/** Disks that are away, full of files, of another kind, or that take no large files. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { getSystemErrorMap, promisify } from 'node:util';
import { isModelError, type ModelError } from '../../../src/base/error.ts';
import { digestOf } from '../../../src/oci/spec/digest.ts';
import { tellRefusals, withCapability } from '../../../src/store/disk/capabilities.ts';
import { fileError, syncDirectory } from '../../../src/store/disk/files.ts';
import { ModelStore, storeFolder } from '../../../src/store/index.ts';
import { randomBytes } from '../../support/random.ts';
import { until } from '../../support/until.ts';
import { addModel, descriptorOf, recordingLog, temporaryFolder, tinyModel } from './support.ts';

const run = promisify(execFile);
const isWindows = process.platform === 'win32';

/** A folder in which disks may be mounted. */
async function folderForDisks(t: TestContext): Promise<{ folder: string; mounted: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-disks-'));
  const mounted: string[] = [];
  t.after(async () => {
    for (const disk of mounted) await run('umount', [disk]);
    await rm(folder, { recursive: true });
  });
  return { folder, mounted };
}

/** Mounts a disk in memory; false where that is not possible. */
async function mount(
  t: TestContext,
  mounted: string[],
  folder: string,
  options = 'size=8m',
): Promise<boolean> {
  await mkdir(folder, { recursive: true });
  try {
    await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  } catch {
    t.skip('no disk can be mounted here');
    return false;
  }
  mounted.push(folder);
  return true;
}

function failsWith(code: string, text: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(isModelError(error), String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, text);
    return true;
  };
}

describe('a folder of the store on a disk of its own', () => {
  for (const name of ['models', 'blobs', 'quarantine', 'refs']) {
    test(`is no hindrance: ${name}`, async (t) => {
      const { folder, mounted } = await folderForDisks(t);
      const root = join(folder, 'store');
      (await ModelStore.open(root)).dispose();
      if (!(await mount(t, mounted, join(root, name)))) return;
      const store = await ModelStore.open(root);
      t.after(() => store.dispose());
      const [model, shared] = [tinyModel([randomBytes(4000)]), randomBytes(2000)];
      const reference = await addModel(store, 'ai/one', model);
      const ingest = await store.openIngest(descriptorOf(shared));
      ingest.write(shared, 0);
      await ingest.commit();
      const path = store.modelFilePath(reference, 'model.gguf');
      assert.deepEqual(await readFile(path), model.layers[0]);
      await store.checkFiles(reference);
      // Another version in its place, with and without the same content.
      const next = tinyModel([shared]);
      await addModel(store, 'ai/one', next);
      assert.deepEqual(await readFile(path), shared);
      assert.equal(await store.hasBlob(descriptorOf(model.layers[0] ?? shared)), false);
      // Damage, quarantine and repair.
      const blob = store.blobPath(digestOf(shared));
      await chmod(blob, 0o644);
      await writeFile(blob, randomBytes(2000));
      const { damaged } = await store.verify();
      assert.equal(damaged.length, 1);
      assert.equal((await readdir(join(root, 'quarantine'))).length, 1);
      await addModel(store, 'ai/one', next);
      assert.deepEqual((await store.verify()).damaged, []);
      assert.deepEqual(await readdir(join(root, 'quarantine')), []);
      assert.deepEqual(await readFile(path), shared);
      await store.deleteReference(reference);
      await store.collectGarbage({ graceMs: -60_000 });
      assert.deepEqual(await readdir(join(root, 'models')), []);
      assert.deepEqual(await store.blobDigests(), new Set());
      assert.deepEqual(await readdir(join(root, 'ingest')), []);
    });
  }
});

describe('a disk', () => {
  test('that takes no more files says so', async (t) => {
    const { folder, mounted } = await folderForDisks(t);
    if (!(await mount(t, mounted, join(folder, 'disk'), 'size=8m,nr_inodes=20'))) return;
    const adding = async (): Promise<void> => {
      const store = await ModelStore.open(join(folder, 'disk', 'store'));
      t.after(() => store.dispose());
      for (let index = 0; index < 20; index++) await addModel(store, `ai/m${index}`, tinyModel());
    };
    await assert.rejects(adding(), failsWith('disk-full', /has space left but cannot hold more files/));
  });

  test('that takes no large files says so before the first byte', {
    skip: isWindows && 'no ulimit',
  }, async (t) => {
    const folder = await temporaryFolder(t);
    const holder = fileURLToPath(new URL('holder.ts', import.meta.url));
    const digest = digestOf(Buffer.from('x'));
    const command = 'trap "" XFSZ; ulimit -f 2000; exec "$@"';
    const limited = run('bash', [
      '-c',
      command,
      'x',
      process.execPath,
      holder,
      folder,
      digest,
      '5000000',
      '1',
    ]);
    const { stderr } = await limited.then(
      () => assert.fail('it was taken'),
      (error: { stderr: string }) => error,
    );
    assert.match(
      stderr,
      /cannot hold a file of 5\.0 MB \(at most 2\.0 MB\)\. Choose a folder on another disk/,
    );
    assert.deepEqual(
      (await readdir(join(folder, 'ingest', digest.replace(':', '-')))).includes('lock'),
      false,
    );
  });

  test('that is away, or a file in its place, is told as that', {
    skip: isWindows && 'no links',
  }, async (t) => {
    const folder = await temporaryFolder(t);
    await symlink('/nonexistent/drive/models', join(folder, 'link'));
    await assert.rejects(
      ModelStore.open(join(folder, 'link')),
      failsWith('store-error', /link is a link to a folder that does not exist\. Connect its drive/),
    );
    await writeFile(join(folder, 'file'), 'precious');
    await assert.rejects(
      ModelStore.open(join(folder, 'file')),
      failsWith('store-error', /file is a file, so models cannot be kept there/),
    );
    await assert.rejects(
      ModelStore.open(join(folder, 'file', 'store')),
      failsWith('store-error', /A file is in the place of a folder/),
    );
    assert.equal(await readFile(join(folder, 'file'), 'utf8'), 'precious');
  });

  test('is named with what to do for each error of a system', () => {
    const said: Record<string, RegExp> = {
      ENXIO: /Its drive does not respond; connect the drive/,
      ESTALE: /Its drive does not respond/,
      EIO: /The disk reports an error; check the disk/,
      EISDIR: /A folder is in the place of this file/,
      ENOTDIR: /A file is in the place of a folder/,
      ELOOP: /A link is in the place/,
      EFBIG: /cannot hold files of that size/,
      EMFILE: /too many files are open/,
      EROFS: /Its disk is read-only/,
      EACCES: /Check that you have permission to write there/,
      EBUSY: /Another program is using it/,
      ENOMEM: /The machine is out of memory/,
      EREMOTEIO: /The disk reports an error/,
      ECONNABORTED: /Its drive does not respond/,
      ENOTSUP: /Its file system does not allow it \(ENOTSUP\)/,
      EINVAL: /Its file system does not allow it/,
      EXDEV: /Its file system does not allow it/,
      EEXIST: /Its file system does not allow it/,
      ENAMETOOLONG: /Its path is too long/,
      EWHATEVER: /Try again \(EWHATEVER\)/,
    };
    for (const [code, text] of Object.entries(said))
      failsWith('store-error', text)(fileError(Object.assign(new Error(code), { code }), 'written', '/x/y'));
    const denied = Object.assign(new Error('x'), { code: 'EACCES' });
    failsWith('store-error', /permission to read it, or choose another/)(fileError(denied, 'read', '/x/y'));
    failsWith(
      'store-error',
      /^Could not read \/x\/y\. Check that you have permission to read it\.$/,
    )(fileError(denied, 'read-foreign', '/x/y'));
  });

  test('says what is wrong even if libuv has no name for it', () => {
    const { EDQUOT, ESTALE } = constants.errno;
    // Errors as Node throws them: they are numbers in its table of names.
    for (const number of [EDQUOT, ESTALE]) assert.ok(!getSystemErrorMap().has(-number));
    // Asynchronous calls and synchronous ones have a code each.
    for (const codeOf of [(number: number) => `Unknown system error -${number}`, () => 'UNKNOWN']) {
      const unnamed = (number: number): ModelError => {
        const code = codeOf(number);
        return fileError(Object.assign(new Error(code), { code, errno: -number }), 'written', '/x/y');
      };
      failsWith('disk-full', /^The disk of \/x is full\. Free some space/)(unnamed(EDQUOT));
      failsWith('store-error', /Its drive does not respond/)(unnamed(ESTALE));
      failsWith('store-error', /Try again \((?:Unknown system error -9999|UNKNOWN)\)/)(unnamed(9999));
      const noMedium = process.platform === 'linux' ? /connect the drive/ : /Try again/;
      failsWith('store-error', noMedium)(unnamed(123));
    }
  });
});

describe('a drive that goes away while its folder stays', () => {
  interface Drive {
    readonly store: ModelStore;
    readonly leave: () => Promise<void>;
    readonly comeBack: () => Promise<void>;
    /** Files that were written into the folder that stays. */
    readonly behind: () => Promise<string[]>;
    /** True if the drive leaves at the next step of a change. */
    readonly atStep: { leaves: boolean };
  }

  async function plugIn(t: TestContext): Promise<Drive> {
    const folder = await temporaryFolder(t);
    const [root, drive] = [join(folder, 'drive'), join(folder, 'elsewhere')];
    const leave = async (): Promise<void> => {
      await rename(root, drive);
      await mkdir(root);
    };
    const atStep = { leaves: false };
    const onStep = async (): Promise<void> => {
      if (!atStep.leaves) return;
      atStep.leaves = false;
      await leave();
    };
    const store = await ModelStore.open(root, { onStep });
    t.after(() => store.dispose());
    const comeBack = async (): Promise<void> => {
      await rmdir(root);
      await rename(drive, root);
    };
    return { store, leave, comeBack, behind: () => readdir(root), atStep };
  }

  const isGone = failsWith('store-error', / is no longer there[.;] connect its drive and try again/i);

  test('is told, and nothing is written on the disk behind it', async (t) => {
    const { store, leave, comeBack, behind } = await plugIn(t);
    const model = tinyModel();
    const reference = await addModel(store, 'ai/kept', model);
    const bytes = randomBytes(3000);
    const ingest = await store.openIngest(descriptorOf(bytes));
    ingest.write(bytes.subarray(0, 1000), 0);
    await leave();
    const tries: readonly (() => Promise<unknown>)[] = [
      () => store.lease([digestOf(bytes)]),
      () => store.openIngest(descriptorOf(randomBytes(10))),
      () => store.writeBlob(descriptorOf(bytes), bytes),
      () => addModel(store, 'ai/more', tinyModel()),
      () => store.collectGarbage(),
      () => store.discardUnneeded([digestOf(bytes)]),
    ];
    for (const attempt of tries) await assert.rejects(attempt(), isGone, String(attempt));
    ingest.write(bytes.subarray(1000), 1000);
    await assert.rejects(ingest.commit());
    await ingest.close();
    await keepQuiet(store);
    assert.deepEqual(await behind(), []);
    await comeBack();
    assert.deepEqual((await store.verify()).damaged, []);
    await store.checkFiles(reference);
    // Its lock is let go of as soon as the drive is back.
    await until(
      async () =>
        !(await readdir(join(store.root, 'ingest', descriptorOf(bytes).digest.replace(':', '-')))).includes(
          'lock',
        ),
    );
    const again = await store.openIngest(descriptorOf(bytes));
    again.write(bytes, 0);
    await again.commit();
    await again.close();
    await addModel(store, 'ai/more', tinyModel());
    assert.equal((await store.references()).length, 2);
  });

  test('is told in the middle of a removal, which is undone or done when it comes back', async (t) => {
    const { store, comeBack, behind, atStep } = await plugIn(t);
    const [kept, gone] = [tinyModel(), tinyModel()];
    await addModel(store, 'ai/kept', kept);
    const reference = await addModel(store, 'ai/gone', gone);
    atStep.leaves = true;
    await assert.rejects(store.deleteReference(reference), isGone);
    assert.deepEqual(await behind(), []);
    await comeBack();
    await store.deleteReference(reference);
    assert.equal((await store.references()).length, 1);
    assert.deepEqual((await store.verify()).damaged, []);
  });

  /** Work that the product does by itself, in whatever state the disk is. */
  async function keepQuiet(store: ModelStore): Promise<void> {
    await store.collectGarbageDaily().catch(() => undefined);
    await store.partialDownloads().catch(() => undefined);
    await store.references().catch(() => undefined);
  }
});

describe('what a file system refuses', () => {
  test('is tried once, done without, and told once', async (t) => {
    const log = recordingLog();
    t.after(tellRefusals(log));
    const folder = await temporaryFolder(t);
    let tries = 0;
    const refuse = async (): Promise<void> => {
      tries++;
      throw Object.assign(new Error('refused'), { code: 'ENOSYS' });
    };
    for (let time = 0; time < 3; time++) assert.equal(await withCapability('times', folder, refuse), false);
    assert.deepEqual([tries, log.lines.length], [1, 1]);
    assert.match(
      log.lines[0] ?? '',
      /does not let the time of a file be set \(ENOSYS\), so this is done without/,
    );
    // File systems of their own, which nothing else here asks.
    for (const [path, code] of [
      ['/proc', 'EPERM'],
      ['/dev', 'EACCES'],
      ['/sys', 'EINVAL'],
    ] as const) {
      const refusal = async (): Promise<void> => {
        throw Object.assign(new Error('refused'), { code });
      };
      for (const capability of ['folder-sync', 'file-sync', 'modes'] as const)
        assert.equal(await withCapability(capability, path, refusal), false, `${capability}: ${code}`);
    }
    const broken = async (): Promise<void> => {
      throw Object.assign(new Error('broken'), { code: 'EIO' });
    };
    await assert.rejects(withCapability('file-sync', folder, broken), /broken/);
    await syncDirectory(folder);
    assert.ok((await stat(folder)).isDirectory());
  });
});

describe('the setting of the folder', () => {
  test('knows the home, and no relative paths', () => {
    const home = join('/', 'home', 'me');
    assert.equal(storeFolder('~/models', home), join(home, 'models'));
    assert.equal(storeFolder(' ~ ', home), home);
    assert.equal(storeFolder(join('/', 'a', 'b', '..', 'c'), home), join('/', 'a', 'c'));
    for (const text of ['models', './models', '../x', '~other/models', 'C:models'])
      assert.throws(() => storeFolder(text, home), failsWith('store-error', /Write an absolute path/));
  });
});
