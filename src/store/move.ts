/**
 * Moving the models of one store to another, model by model: content is linked, cloned or copied into the new store and
 * verified there, the model is committed, and then it goes from the old one, as far as no other model, no running
 * download and no other tool needs it there. So at each moment every model is whole in one of both, on whichever disks
 * they are. `moving.json` in the new store says where the models come from: a process that is killed leaves it, and
 * {@link pendingMove} tells the next one.
 */
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { isModelError, ModelError, systemErrorCode, throwIfCancelled } from '../base/error.ts';
import { type Log, silentLog } from '../base/log.ts';
import { MAX_MANIFEST_BYTES } from '../oci/spec/manifest.ts';
import { formatReference, type Reference } from '../oci/spec/reference.ts';
import { type ContentItem, contentOf, imageOf } from './content/content.ts';
import { writeAtomically } from './disk/files.ts';
import { Layout } from './disk/layout.ts';
import { FileLock } from './disk/lock.ts';
import { identityOf, isSameFolder, relationOf } from './disk/relation.ts';
import { jsonFile, readSmall, removeSmall, requireOwnSmall } from './disk/smallFile.ts';
import { keptContent } from './models/commit.ts';
import type { StoredReference } from './models/references.ts';
import type { ModelStore } from './store.ts';
import { identify } from './version.ts';

export interface MoveOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes that are done, and those of all models. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
  readonly log?: Log | undefined;
}

/** A model that stays where it was. */
export interface KeptModel {
  readonly reference: Reference;
  /** One sentence. */
  readonly reason: string;
}

export interface MoveReport {
  /** Models that are in the new store now. */
  readonly moved: number;
  /** Models that stay in the old store, because they are damaged or in use, or the new one has another version. */
  readonly kept: readonly KeptModel[];
}

const PENDING = jsonFile(
  z.object({ version: z.literal(1), from: z.string().min(1).max(32_768) }),
  ['{"version":1,"from":"'],
  256 * 1024,
);

/**
 * Moves all models of `from` to `to`, or goes on where an earlier try ended. Downloads that are not finished stay.
 * @throws ModelError `store-busy` while another process does so; `cancelled` and `disk-full`, after which the models
 * that were moved are in the new store and the others in the old one; `store-error`, also if both are one store by two
 * names: then nothing is done, and nothing is left to be done.
 */
export async function moveModels(
  from: ModelStore,
  to: ModelStore,
  options: MoveOptions = {},
): Promise<MoveReport> {
  const layout = new Layout(to.root);
  await identify(layout);
  const locks = await lockBoth(from.root, to.root, options.signal);
  try {
    await requireApart(from.root, to.root);
    await requireOwnSmall(layout.moving, PENDING);
    await writeAtomically(
      layout.moving,
      `${JSON.stringify({ version: 1, from: from.root })}\n`,
      layout.temporary(),
    );
    const report = await new Move(from, to, options).run().catch(async (error: unknown) => {
      // Whoever cancels it does not want it to go on by itself.
      if (isModelError(error, 'cancelled')) await forgetMove(layout);
      throw error;
    });
    for (const lock of locks) await lock.assertHeld();
    await forgetMove(layout);
    return report;
  } finally {
    for (const lock of locks) await lock.release();
  }
}

/**
 * Takes part in both stores, so that no other move has one of them, least of all the other way. The order is the same
 * whichever way the move goes: one of two that begin at once gets both. A store that may only be read has no lock,
 * and loses nothing.
 * @throws ModelError `store-busy`, `store-error`, `cancelled`.
 */
async function lockBoth(from: string, to: string, signal: AbortSignal | undefined): Promise<FileLock[]> {
  if ((await relationOf(from, to)) === 'same') return [await lockMove(to, signal)];
  const isFirst = (await identityOf(from)) < (await identityOf(to));
  const locks: FileLock[] = [];
  try {
    for (const root of isFirst ? [from, to] : [to, from]) {
      const [other] = locks;
      // A drive that is connected twice has two numbers, and each path of it leads to this lock.
      if (other !== undefined && (await other.isAlsoAt(moveLock(root)))) throw sameStore(from, to);
      const lock = await lockMove(root, signal).catch((error: unknown) => {
        if (root === from && isReadOnly(error)) return undefined;
        throw error;
      });
      if (lock !== undefined) locks.push(lock);
    }
    return locks;
  } catch (error) {
    for (const lock of locks) await lock.release();
    throw error;
  }
}

function isReadOnly(error: unknown): boolean {
  const code = isModelError(error) ? systemErrorCode(error.cause) : undefined;
  return ['EACCES', 'EPERM', 'EROFS'].includes(code ?? '');
}

function moveLock(root: string): string {
  return join(root, 'move.lock');
}

function lockMove(root: string, signal?: AbortSignal): Promise<FileLock> {
  return FileLock.acquire(moveLock(root), { subject: `the move of models to or from ${root}`, signal });
}

/** Leaves the models that are not moved yet where they are. @throws ModelError `store-busy`, `store-error`. */
export async function endMove(store: ModelStore): Promise<void> {
  const lock = await lockMove(store.root);
  try {
    const layout = new Layout(store.root);
    await forgetMove(layout);
  } finally {
    await lock.release();
  }
}

async function forgetMove({ moving }: Layout): Promise<void> {
  await removeSmall(moving, PENDING);
}

/** The folder from which models are still to be moved to `store`; undefined if there is none. */
export async function pendingMove(store: ModelStore): Promise<string | undefined> {
  return pendingIn(new Layout(store.root));
}

async function pendingIn({ moving }: Layout): Promise<string | undefined> {
  return (await readSmall(moving, PENDING))?.from;
}

/** @throws ModelError `store-error`. The caller has the lock of the move. */
async function requireApart(from: string, to: string): Promise<void> {
  const relation = await relationOf(from, to);
  if (relation === 'apart') return;
  if (relation === 'same') {
    await forgetOwnMove(to);
    throw sameStore(from, to);
  }
  const message = `Models cannot be moved from ${from} to ${to}, because one of these folders is in the other. Choose another folder with the setting ociModels.storePath.`;
  throw new ModelError('store-error', message);
}

function sameStore(from: string, to: string): ModelError {
  const message = `${from} and ${to} are the same folder, so all models are there already and nothing was moved.`;
  return new ModelError('store-error', message);
}

/** A move from a folder that became a name of the store itself has nothing left to do. */
async function forgetOwnMove(root: string): Promise<void> {
  const layout = new Layout(root);
  const from = await pendingIn(layout);
  if (from !== undefined && (await relationOf(from, root)) === 'same') await forgetMove(layout);
}

/** What a model needs, and how its manifest reads. */
interface MovingModel {
  readonly stored: StoredReference;
  readonly manifestBytes: Buffer;
  readonly content: readonly ContentItem[];
}

class Move {
  readonly #from: ModelStore;
  readonly #to: ModelStore;
  readonly #options: MoveOptions;
  readonly #log: Log;
  readonly #kept: KeptModel[] = [];
  #moved = 0;
  #doneBytes = 0;
  #totalBytes = 0;

  constructor(from: ModelStore, to: ModelStore, options: MoveOptions) {
    this.#from = from;
    this.#to = to;
    this.#options = options;
    this.#log = options.log ?? silentLog;
  }

  async run(): Promise<MoveReport> {
    const models: MovingModel[] = [];
    for (const stored of await this.#from.references()) {
      const model = await this.#orKeep(stored, () => this.#read(stored));
      if (model !== undefined) models.push(model);
    }
    this.#totalBytes = models.reduce((sum, { content }) => sum + bytesOf(content), 0);
    for (const model of models) {
      const isMoved = await this.#orKeep(model.stored, () => this.#move(model));
      if (isMoved === true) this.#moved++;
      this.#doneBytes += bytesOf(model.content);
      this.#options.onProgress?.(this.#doneBytes, this.#totalBytes);
    }
    return { moved: this.#moved, kept: this.#kept };
  }

  /** One damaged model, or one that a program has open on Windows, keeps no other from being moved. */
  async #orKeep<T>({ reference }: StoredReference, work: () => Promise<T>): Promise<T | undefined> {
    try {
      throwIfCancelled(this.#options.signal);
      return await work();
    } catch (error) {
      if (!isModelError(error) || ['cancelled', 'disk-full', 'store-busy'].includes(error.code)) throw error;
      this.#log.warn(`A model was not moved to ${this.#to.root}: ${error.message}`);
      this.#kept.push({ reference, reason: error.message });
      return undefined;
    }
  }

  async #read(stored: StoredReference): Promise<MovingModel> {
    const { manifest, unpacked } = stored;
    const manifestBytes = await this.#from.readBlob(manifest, MAX_MANIFEST_BYTES);
    const content = keptContent(contentOf(manifest, imageOf(manifestBytes, manifest)), unpacked ?? []);
    return { stored, manifestBytes, content };
  }

  async #move(model: MovingModel): Promise<boolean> {
    const { signal } = this.#options;
    const { reference, manifest, files, unpacked, pulledAt } = model.stored;
    const digests = model.content.map(({ digest }) => digest);
    const lease = await this.#to.lease(digests, signal === undefined ? {} : { signal });
    try {
      const there = await this.#to.getReference(reference);
      if (there !== undefined && there.manifest.digest !== manifest.digest)
        throw otherThere(reference, this.#to.root);
      await this.#bring(model.content);
      const { manifestBytes } = model;
      const latest = Math.max(pulledAt, there?.pulledAt ?? pulledAt);
      await this.#to.commitModel({ reference, manifest, manifestBytes, files, unpacked, pulledAt: latest });
    } finally {
      await lease.release();
    }
    await this.#from.deleteReference(reference, {
      // Another window may have pulled it again meanwhile: that version stays for the next try.
      onlyManifest: manifest.digest,
      within: (change) =>
        this.#to.hold(async () => {
          await this.#requireThere(model);
          return change();
        }, signal),
    });
    return true;
  }

  /** Looks once more before anything goes: the model is in the new store, and that is not the folder of the old one. */
  async #requireThere({ stored, content }: MovingModel): Promise<void> {
    const { reference, manifest } = stored;
    const [here, there] = [new Layout(this.#from.root), new Layout(this.#to.root)];
    const pairs = [
      [here.ref(reference), there.ref(reference)],
      ...content.map(({ digest }) => [here.blob(digest), there.blob(digest)]),
    ] as const;
    for (const [a = '', b = ''] of pairs)
      if (await isSameFolder(dirname(a), dirname(b))) throw notThere(reference, this.#to.root);
    const isSame = (await this.#to.getReference(reference))?.manifest.digest === manifest.digest;
    if (!isSame) throw notThere(reference, this.#to.root);
    for (const { digest, size } of content)
      if (!(await this.#to.hasBlob({ mediaType: '', digest, size }, this.#options.signal)))
        throw notThere(reference, this.#to.root);
  }

  async #bring(content: readonly ContentItem[]): Promise<void> {
    const { signal, onProgress } = this.#options;
    let before = this.#doneBytes;
    for (const { digest, size } of content) {
      const descriptor = { mediaType: '', digest, size };
      const start = before;
      await this.#to.adoptBlob(descriptor, this.#from.blobPath(digest), {
        signal,
        // On one disk both stores have the same file for a moment, and no copy is made.
        ways: ['link', 'clone', 'copy'],
        onProgress: (bytes) => onProgress?.(start + bytes, this.#totalBytes),
      });
      before += size;
    }
  }
}

function otherThere(reference: Reference, root: string): ModelError {
  const message = `${root} has another version of ${formatReference(reference)}, so this one stays where it was. Remove one of them, then move the models again.`;
  return new ModelError('store-error', message);
}

function notThere(reference: Reference, root: string): ModelError {
  const message = `${formatReference(reference)} is not whole in ${root}, so it stays where it was. Move the models again.`;
  return new ModelError('store-error', message);
}

function bytesOf(content: readonly ContentItem[]): number {
  return content.reduce((sum, { size }) => sum + size, 0);
}
