/**
 * Verifies all content again, because disks fail and tools change files in place.
 *
 * Damaged content is moved to `quarantine/` and its names in `models/` are removed, so that nothing runs it. The model
 * is then listed as damaged; the next pull restores the content and all of its names (see commit.ts). A damaged file
 * that this store did not make is reported and stays where it is.
 */
import type { BigIntStats } from 'node:fs';
import { throwIfCancelled } from '../../base/error.ts';
import { type Localized, t } from '../../base/l10n.ts';
import { shortDigest } from '../../oci/spec/digest.ts';
import type { Reference } from '../../oci/spec/reference.ts';
import type { ContentItem } from '../content/content.ts';
import { setAside } from '../content/quarantine.ts';
import { ownBlob, ownFile, readNames, recordFound, stampOf } from '../content/records.ts';
import { guarded, isSameFile } from '../disk/files.ts';
import { fileStatus, isFree } from '../disk/ownFiles.ts';
import { changeWithTrash } from './change.ts';
import { addNames, linkModel, unlinkFiles } from './models.ts';
import type { ReferenceEntry, StoredFile, StoredReference } from './references.ts';
import { contentOrOwn } from './removal.ts';
import type { StoreParts } from './storeParts.ts';

export interface VerifyProgress {
  /** Bytes read so far. */
  readonly doneBytes: number;
  /** Bytes to read in all. */
  readonly totalBytes: number;
}

export interface VerifyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each read, hundreds of times a second. */
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
}

/** A model with missing or damaged content. */
export interface DamagedModel {
  readonly reference: Reference;
  /** One sentence for each problem. */
  readonly problems: readonly Localized[];
}

export interface VerifyReport {
  /** Number of models that were verified. */
  readonly models: number;
  /** Bytes that were read. */
  readonly checkedBytes: number;
  readonly damaged: readonly DamagedModel[];
  /** Number of names in `models/` that were missing or wrong and have been restored from good content. */
  readonly repairedFiles: number;
}

/**
 * Verifies `entries`; content that several of them share is read once.
 * @throws ModelError `cancelled`, `store-error`, `store-busy`. Damaged content found by then stays in quarantine.
 */
export async function verifyModels(
  parts: StoreParts,
  entries: readonly ReferenceEntry[],
  options: VerifyOptions,
): Promise<VerifyReport> {
  return new Verification(parts, entries, options).run();
}

class Verification {
  readonly #parts: StoreParts;
  readonly #entries: readonly ReferenceEntry[];
  readonly #options: VerifyOptions;
  readonly #problems = new Map<string, Localized>();
  /** Problems of files in `models/`, by the id of their model. */
  readonly #fileProblems = new Map<string, Localized[]>();
  /** Digests of damaged files that are not ours, and so still in place. */
  readonly #foreign = new Set<string>();
  #doneBytes = 0;
  #totalBytes = 0;
  #repaired = 0;

  constructor(parts: StoreParts, entries: readonly ReferenceEntry[], options: VerifyOptions) {
    this.#parts = parts;
    this.#entries = entries;
    this.#options = options;
  }

  async run(): Promise<VerifyReport> {
    const contents = new Map<string, readonly ContentItem[]>();
    for (const entry of this.#entries) contents.set(entry.id, await contentOrOwn(this.#parts, entry));
    const items = new Map([...contents.values()].flat().map((item) => [item.digest, item]));
    for (const { digest } of items.values()) this.#totalBytes += (await this.#parts.blobs.size(digest)) ?? 0;
    for (const item of items.values()) await this.#checkBlob(item);
    for (const entry of this.#entries) {
      for (const file of entry.stored.files) await this.#checkFile(entry, file);
    }
    return {
      models: this.#entries.length,
      checkedBytes: this.#doneBytes,
      damaged: await this.#damaged(contents),
      repairedFiles: this.#repaired,
    };
  }

  async #damaged(contents: ReadonlyMap<string, readonly ContentItem[]>): Promise<DamagedModel[]> {
    const damaged: DamagedModel[] = [];
    for (const entry of this.#entries) {
      const items = (contents.get(entry.id) ?? []).filter(({ digest }) => this.#problems.has(digest));
      const lacking = items.length === 0 ? [] : await this.#stillLacking(entry, items);
      const problems = lacking
        .map(({ digest }) => this.#problems.get(digest))
        .filter((problem) => problem !== undefined);
      problems.push(...(this.#fileProblems.get(entry.id) ?? []));
      if (problems.length > 0) damaged.push({ reference: entry.stored.reference, problems });
    }
    return damaged;
  }

  /**
   * Returns the content that a model still lacks: another process may have pulled it again meanwhile, or deleted the
   * model. If the reference changed, it lacks nothing, because content is present before its reference is written.
   */
  async #stillLacking(entry: ReferenceEntry, items: readonly ContentItem[]): Promise<ContentItem[]> {
    const lacking: ContentItem[] = [];
    for (const item of items) {
      const size = await this.#parts.blobs.size(item.digest);
      if (size === undefined || this.#foreign.has(item.digest)) lacking.push(item);
    }
    const now = (await this.#parts.references.get(entry.stored.reference))?.stored;
    const isSame =
      now?.pulledAt === entry.stored.pulledAt && now.manifest.digest === entry.stored.manifest.digest;
    return isSame ? lacking : [];
  }

  async #hash(path: string, digest: string) {
    const { signal, onProgress } = this.#options;
    throwIfCancelled(signal);
    const onBytes = (count: number): void => {
      this.#doneBytes += count;
      // A file may have grown since its size was read.
      this.#totalBytes = Math.max(this.#totalBytes, this.#doneBytes);
      onProgress?.({ doneBytes: this.#doneBytes, totalBytes: this.#totalBytes });
    };
    return this.#parts.hashFile(path, digest, { signal, onBytes });
  }

  async #checkBlob({ digest }: ContentItem): Promise<void> {
    const { layout, log } = this.#parts;
    const path = layout.blob(digest);
    const before = await fileStatus(path);
    if (before === undefined && !(await isFree(path))) return this.#leaveAlone(digest);
    const found = await this.#hash(path, digest);
    const name = shortDigest(digest);
    if (found === undefined || before === undefined) {
      this.#problems.set(digest, t('A file of the model ({0}) is missing. Pull the model again.', name));
      return;
    }
    if (found.digest === digest) {
      await this.#record(digest, before);
      return;
    }
    if ((await ownBlob(layout, digest)) === undefined) return this.#leaveAlone(digest);
    if (!(await this.#quarantine(digest, found.ino))) return;
    const text = t(
      'A file of the model ({0}) is damaged on this disk and was set aside. Pull the model again.',
      name,
    );
    this.#problems.set(digest, text);
    log.warn(`${text} It is ${layout.quarantined(digest)} now, with the digest ${found.digest}.`);
  }

  #leaveAlone(digest: string): void {
    const path = this.#parts.layout.blob(digest);
    this.#foreign.add(digest);
    const text = t(
      '{0} has other content than its name states, and OCI Models did not make it. Move it away, then pull the model again.',
      path,
    );
    this.#problems.set(digest, text);
    this.#parts.log.warn(text);
  }

  /** Records that content was verified, unless its file changed meanwhile. */
  async #record(digest: string, before: BigIntStats): Promise<void> {
    const { layout, log } = this.#parts;
    const after = await fileStatus(layout.blob(digest));
    if (after === undefined || JSON.stringify(stampOf(after)) !== JSON.stringify(stampOf(before))) return;
    try {
      await recordFound(layout, digest, after);
    } catch (error) {
      log.debug(`That ${digest} is good is not written down: ${String(error)}`);
    }
  }

  /** Sets content aside. Returns false if another process replaced it since it was read. */
  async #quarantine(digest: string, ino: bigint): Promise<boolean> {
    const { layout, references } = this.#parts;
    const { result } = await changeWithTrash(
      this.#parts,
      async (held, trash) => {
        const status = await ownBlob(layout, digest);
        if (status?.ino !== ino) return false;
        // The names are removed first, because without the blob nothing tells which names are links to it.
        for (const { stored } of (await references.survey()).entries) {
          await held.step('take-name');
          await unlinkFiles(layout, stored, digest, trash);
        }
        await held.step('quarantine');
        await setAside(layout, digest, status, held);
        return true;
      },
      this.#lockOptions(),
    );
    return result;
  }

  /** Checks a name that is not a link to its blob: a copy on a disk without links, or a file changed by hand. */
  async #checkFile(entry: ReferenceEntry, file: StoredFile): Promise<void> {
    const { stored } = entry;
    if (this.#problems.has(file.digest)) return;
    const { layout } = this.#parts;
    const path = layout.modelFile(stored.reference, file.name);
    const blob = layout.blob(file.digest);
    if (await guarded('read', path, () => isSameFile(blob, path))) return;
    const before = await fileStatus(path);
    const hashed = before === undefined ? undefined : await this.#hash(path, file.digest);
    const isGood = hashed?.digest === file.digest && hashed.ino === before?.ino;
    if (!isGood && !(await this.#mayReplace(stored, file, path))) return this.#leaveFileAlone(entry, path);
    await this.#parts.locked(async (held) => {
      const now = (await this.#parts.references.get(stored.reference))?.stored;
      const isStill = now?.files.some(({ name, digest }) => name === file.name && digest === file.digest);
      const size = await this.#parts.blobs.size(file.digest);
      if (isStill !== true || size === undefined) return;
      await held.step('link');
      if (isGood && before !== undefined) {
        await addNames(layout, stored.reference, [{ name: file.name, stamps: [stampOf(before)] }]);
        return;
      }
      await linkModel(layout, stored.reference, [file]);
      this.#repaired++;
    }, this.#lockOptions());
  }

  async #mayReplace({ reference }: StoredReference, { name }: StoredFile, path: string): Promise<boolean> {
    const { layout } = this.#parts;
    if (await isFree(path)) return true;
    const records = (await readNames(layout, reference)) ?? [];
    const stamps = records.find((record) => record.name === name)?.stamps ?? [];
    return (await ownFile(layout, path, ...stamps)) !== undefined;
  }

  #leaveFileAlone({ id }: ReferenceEntry, path: string): void {
    const text = t(
      '{0} is not the model’s file, and OCI Models did not make it. Move it away, then verify the model again.',
      path,
    );
    this.#fileProblems.set(id, [...(this.#fileProblems.get(id) ?? []), text]);
    this.#parts.log.warn(text);
  }

  #lockOptions() {
    const { signal } = this.#options;
    return signal === undefined ? {} : { signal };
  }
}
