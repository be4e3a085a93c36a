/**
 * Reading all content once more: disks fail, and tools change files in place.
 *
 * Damaged content is moved to `quarantine/` and its names in `models/` go, so that nothing runs it. The model
 * is then listed as damaged; the next pull brings the content again and all names of it back (see commit.ts).
 */
import { mkdir, stat } from 'node:fs/promises';
import { throwIfCancelled } from '../base/error.ts';
import { shortDigest } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';
import type { ContentItem } from './content.ts';
import { guarded, ifPresent, isSameFile, renameFile, syncDirectory } from './files.ts';
import { linkModel, unlinkFiles } from './models.ts';
import type { StoreParts } from './parts.ts';
import type { ReferenceEntry, StoredFile } from './references.ts';
import { contentOrOwn } from './removal.ts';

export interface VerifyProgress {
  /** Bytes that were read. */
  readonly doneBytes: number;
  /** Bytes of everything that is read. */
  readonly totalBytes: number;
}

export interface VerifyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each read, some hundred times a second. */
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
}

/** A model of which something is missing or wrong. */
export interface DamagedModel {
  readonly reference: Reference;
  /** One sentence for each content. */
  readonly problems: readonly string[];
}

export interface VerifyReport {
  /** Models that were looked at. */
  readonly models: number;
  /** Bytes that were read. */
  readonly checkedBytes: number;
  readonly damaged: readonly DamagedModel[];
  /** Names in `models/` that were missing or wrong and were made again from good content. */
  readonly repairedFiles: number;
}

/**
 * Checks `entries`, the content that several of them share once.
 * @throws ModelError `cancelled`, `store-error`, `store-busy`. What was found by then is in quarantine.
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
  readonly #problems = new Map<string, string>();
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
      const problems = lacking.map(({ digest }) => this.#problems.get(digest) ?? '');
      if (problems.length > 0) damaged.push({ reference: entry.stored.reference, problems });
    }
    return damaged;
  }

  /**
   * What a model still lacks: others may have deleted it meanwhile, or pulled it again. While a reference is there,
   * so is its content.
   */
  async #stillLacking(entry: ReferenceEntry, items: readonly ContentItem[]): Promise<ContentItem[]> {
    const lacking: ContentItem[] = [];
    for (const item of items) {
      const size = await this.#parts.blobs.size(item.digest);
      if (size === undefined) lacking.push(item);
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
      // A file may have grown since its size was asked for.
      this.#totalBytes = Math.max(this.#totalBytes, this.#doneBytes);
      onProgress?.({ doneBytes: this.#doneBytes, totalBytes: this.#totalBytes });
    };
    return this.#parts.hashFile(path, digest, { signal, onBytes });
  }

  async #checkBlob({ digest }: ContentItem): Promise<void> {
    const { layout, log } = this.#parts;
    const path = layout.blob(digest);
    const found = await this.#hash(path, digest);
    if (found?.digest === digest) return;
    const name = shortDigest(digest);
    if (found === undefined) {
      this.#problems.set(digest, `${name} is missing; pull the model again.`);
      return;
    }
    if (!(await this.#quarantine(digest, found.ino))) return;
    const text = `${name} is damaged on this disk, so it was set aside; pull the model again.`;
    this.#problems.set(digest, text);
    log.warn(`${text} It is ${layout.quarantined(digest)} now, with the digest ${found.digest}.`);
  }

  /** False where another process brought new content since it was read. */
  async #quarantine(digest: string, ino: bigint): Promise<boolean> {
    const { layout, references } = this.#parts;
    const path = layout.blob(digest);
    return this.#parts.locked(async () => {
      const status = await guarded('read', path, () => ifPresent(stat(path, { bigint: true })));
      if (status?.ino !== ino) return false;
      // The names go first: they say which file is meant only while the blob is there.
      for (const { stored } of (await references.survey()).entries) {
        await unlinkFiles(layout, stored, digest);
      }
      await guarded('moved (unload the model first where it is in use)', path, async () => {
        await mkdir(layout.quarantine, { recursive: true });
        await renameFile(path, layout.quarantined(digest));
        await syncDirectory(layout.quarantine);
      });
      return true;
    }, this.#lockOptions());
  }

  /** A name that is no link to its blob: a copy where the disk has no links, or changed by hand. */
  async #checkFile({ stored }: ReferenceEntry, file: StoredFile): Promise<void> {
    if (this.#problems.has(file.digest)) return;
    const { layout } = this.#parts;
    const path = layout.modelFile(stored.reference, file.name);
    const blob = layout.blob(file.digest);
    if (await guarded('read', path, () => isSameFile(blob, path))) return;
    if ((await this.#hash(path, file.digest))?.digest === file.digest) return;
    await this.#parts.locked(async () => {
      const now = (await this.#parts.references.get(stored.reference))?.stored;
      const isStill = now?.files.some(({ name, digest }) => name === file.name && digest === file.digest);
      if (isStill !== true || (await this.#parts.blobs.size(file.digest)) === undefined) return;
      await linkModel(layout, stored.reference, [file]);
      this.#repaired++;
    }, this.#lockOptions());
  }

  #lockOptions() {
    const { signal } = this.#options;
    return signal === undefined ? {} : { signal };
  }
}
