/**
 * Moves the models of one store to another, one by one: a model's content is linked, cloned or copied into the new store
 * and verified there, the model is committed, and then it is deleted from the old store, except for content that another
 * model, a running download or another tool needs there. So at any moment every model is complete in one of the stores,
 * whichever disks they are on. `moving.json` in the new store names the old one. A killed process leaves this file
 * behind, and {@link pendingMove} tells the next process.
 */
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { isModelError, ModelError, systemErrorCode, throwIfCancelled } from '../base/error.ts';
import { asLocalized, type Localized, t } from '../base/l10n.ts';
import { type Log, silentLog } from '../base/log.ts';
import { MAX_MANIFEST_BYTES } from '../oci/spec/manifest.ts';
import { familiarReference, type Reference } from '../oci/spec/reference.ts';
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
  /** Called with the bytes done and the bytes of all models. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined;
  readonly log?: Log | undefined;
}

/** A model that stays in the old store. */
export interface KeptModel {
  readonly reference: Reference;
  /** One or two sentences. */
  readonly reason: Localized;
}

export interface MoveReport {
  /** Number of models that are in the new store now. */
  readonly moved: number;
  /** Models that stay in the old store, because they are damaged or in use, or the new store has another version. */
  readonly kept: readonly KeptModel[];
}

const PENDING = jsonFile(
  z.object({ version: z.literal(1), from: z.string().min(1).max(32_768) }),
  ['{"version":1,"from":"'],
  256 * 1024,
);

/**
 * Moves all models of `from` to `to`, or resumes an earlier move. Unfinished downloads stay.
 * @throws ModelError `store-busy` while another process does so; `cancelled` and `disk-full`, after which each model is
 * complete in one of the stores; `store-error`, also if both folders are the same store, in which case nothing is done
 * and no move stays pending.
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
      // A person who cancels a move does not want it to resume by itself.
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
 * Locks both stores against other moves, in particular one in the opposite direction. The order of the locks does not
 * depend on the direction, so that one of two simultaneous moves gets both. A read-only store has no lock, and its
 * models cannot be deleted anyway.
 * @throws ModelError `store-busy`, `store-error`, `cancelled`.
 */
async function lockBoth(from: string, to: string, signal: AbortSignal | undefined): Promise<FileLock[]> {
  if ((await relationOf(from, to)) === 'same') return [await lockMove(to, signal)];
  const isFirst = (await identityOf(from)) < (await identityOf(to));
  const locks: FileLock[] = [];
  try {
    for (const root of isFirst ? [from, to] : [to, from]) {
      const [other] = locks;
      // A drive that is mounted twice has two device numbers, but both of its paths lead to this lock.
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
  return FileLock.acquire(moveLock(root), { subject: { kind: 'move', folder: root }, signal });
}

/** Ends a pending move; models that were not moved stay where they are. @throws ModelError `store-busy`, `store-error`. */
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

/** Returns the folder from which models have yet to be moved to `store`, or undefined if no move is pending. */
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
  const message = t(
    'Cannot move models from {0} to {1}, because one of these folders is inside the other. Choose another folder with the setting ociModels.storePath.',
    from,
    to,
  );
  throw new ModelError('store-error', message);
}

function sameStore(from: string, to: string): ModelError {
  const message = t('{0} and {1} are the same folder, so there is nothing to move.', from, to);
  return new ModelError('store-error', message);
}

/** Ends a pending move from a folder that by now is the store itself, because it has nothing left to do. */
async function forgetOwnMove(root: string): Promise<void> {
  const layout = new Layout(root);
  const from = await pendingIn(layout);
  if (from !== undefined && (await relationOf(from, root)) === 'same') await forgetMove(layout);
}

/** A model to move, with its manifest and all content that it needs. */
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

  /** Keeps a model that is damaged, or open on Windows, in the old store, so that the others can still be moved. */
  async #orKeep<T>({ reference }: StoredReference, work: () => Promise<T>): Promise<T | undefined> {
    try {
      throwIfCancelled(this.#options.signal);
      return await work();
    } catch (error) {
      if (!isModelError(error) || ['cancelled', 'disk-full', 'store-busy'].includes(error.code)) throw error;
      this.#log.warn(`A model was not moved to ${this.#to.root}: ${error.message}`);
      // The message of a ModelError is localized.
      this.#kept.push({ reference, reason: asLocalized(error.message) });
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
      // Another window may have pulled a new version meanwhile, which stays for the next try.
      onlyManifest: manifest.digest,
      within: (change) =>
        this.#to.hold(async () => {
          await this.#requireThere(model);
          return change();
        }, signal),
    });
    return true;
  }

  /** Checks once more before deletion that the model is in the new store, and that its folders are not the old ones. */
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
        // Linked first: on one disk both stores briefly share the file, and nothing is copied.
        ways: ['link', 'clone', 'copy'],
        onProgress: (bytes) => onProgress?.(start + bytes, this.#totalBytes),
      });
      before += size;
    }
  }
}

function otherThere(reference: Reference, root: string): ModelError {
  const message = t(
    '{0} was not moved, because {1} has another version of it. Remove one of them, then move the models again.',
    familiarReference(reference),
    root,
  );
  return new ModelError('store-error', message);
}

function notThere(reference: Reference, root: string): ModelError {
  const message = t(
    '{0} is not complete in {1}, so it also stays in the old folder. Move the models again.',
    familiarReference(reference),
    root,
  );
  return new ModelError('store-error', message);
}

function bytesOf(content: readonly ContentItem[]): number {
  return content.reduce((sum, { size }) => sum + size, 0);
}
