/**
 * Reads and writes the files in `refs/`, which tell the manifest that a reference names and its files in `models/`.
 *
 * These files are the source of truth. Their contents are cached, in memory and in a cache file, with the time and the
 * size of the file (as in git's index), so that a survey of thousands reads only those that changed. While the folder
 * is unchanged, {@link References.underLock} does not even list it.
 */
import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { inBatches } from '../../base/batches.ts';
import type { Log } from '../../base/log.ts';
import { type Descriptor, descriptorSchema, digestSchema } from '../../oci/spec/descriptor.ts';
import { MAX_MANIFEST_BYTES } from '../../oci/spec/manifest.ts';
import { formatReference, type Reference } from '../../oci/spec/reference.ts';
import type { Blobs } from '../content/blobs.ts';
import { type ContentItem, contentOf, imageOf } from '../content/content.ts';
import type { Trash } from '../content/trash.ts';
import { type LayerMember, memberSchema } from '../content/unpacked.ts';
import { guarded, ifPresent, syncDirectory, writeAtomically } from '../disk/files.ts';
import { isPlainPath, type Layout, safeName } from '../disk/layout.ts';
import { fileStatus } from '../disk/ownFiles.ts';
import { findSmall, jsonFile, requireOwnSmall } from '../disk/smallFile.ts';
import { CacheFile } from './cacheFile.ts';
import { indexLine } from './imageIndex.ts';

/** One file of a stored model. */
export interface StoredFile {
  /** A relative path with `/`, as the artifact names it. */
  readonly name: string;
  readonly digest: string;
}

/** A layer that is not kept, because only the files in it are needed. */
export interface StoredLayer {
  /** Index in the manifest's layers. */
  readonly layer: number;
  /** Digest of the layer, which is not in the store unless it is a member itself. */
  readonly digest: string;
  /** Its files, under their paths in the model. */
  readonly members: readonly LayerMember[];
}

/** A reference in the store. */
export interface StoredReference {
  readonly reference: Reference;
  readonly manifest: Descriptor;
  readonly files: readonly StoredFile[];
  /** The layers that were unpacked; absent if there are none. */
  readonly unpacked?: readonly StoredLayer[] | undefined;
  /** Milliseconds since 1970. */
  readonly pulledAt: number;
}

/** Returns all files that were unpacked from layers, each with its layer's index. */
export function storedMembers({
  unpacked = [],
}: Pick<StoredReference, 'unpacked'>): (LayerMember & { readonly layer: number })[] {
  return unpacked.flatMap(({ layer, members }) => members.map((member) => ({ ...member, layer })));
}

/** A file of `refs/` as it was read. */
export interface ReferenceEntry {
  readonly fileName: string;
  /** The full reference, by which entries are sorted. */
  readonly id: string;
  readonly stored: StoredReference;
  /** All content of its manifest; absent if the file does not list it and the manifest has not been read. */
  readonly content?: readonly ContentItem[] | undefined;
  /** Its line in index.json. */
  readonly indexLine: string;
  /** State of the file, by which a later change is noticed. */
  readonly stamp: Stamp;
}

/** The contents of `refs/`. */
export interface Survey {
  /** Sorted by {@link ReferenceEntry.id}. */
  readonly entries: readonly ReferenceEntry[];
  /** The number of unreadable files, whose needed content is unknown. */
  readonly damaged: number;
}

/** The largest reference file that is read, in bytes: enough for ten thousand files with long names. */
const MAX_REFERENCE_FILE = 16 * 1024 * 1024;
/** Files that are examined concurrently. */
const BATCH = 128;
/** The most newly read files that are not yet in the cache file, and are read again at the next start. */
const MAX_UNSAVED = 32;

const contentSchema = z.array(z.object({ digest: digestSchema, size: z.int().nonnegative() })).max(50_000);

const fields = {
  reference: z.object({
    registry: z.string().min(1),
    repository: z.string().min(1),
    tag: z.string().optional(),
    digest: digestSchema.optional(),
  }),
  manifest: descriptorSchema,
  // A name that leads elsewhere damages its own reference, and not the list of all of them.
  files: z.array(z.object({ name: z.string().refine(isPlainPath), digest: digestSchema })),
  unpacked: z
    .array(z.object({ layer: z.int().nonnegative(), digest: digestSchema, members: z.array(memberSchema) }))
    .optional(),
  content: contentSchema.optional(),
};

const fileSchema = z.object({ ...fields, pulledAt: z.iso.datetime() });
const REFERENCE = jsonFile(fileSchema, ['{\n  "reference": {'], MAX_REFERENCE_FILE);

const stampSchema = z.object({ size: z.number(), mtimeMs: z.number(), ino: z.number() });
type Stamp = z.infer<typeof stampSchema>;

const recordSchema = z.object({ ...fields, pulledAt: z.number(), fileName: z.string(), stamp: stampSchema });
type CacheRecord = z.infer<typeof recordSchema>;

/** Reads and writes `refs/`. Changes are made under the store's lock, which the caller has. */
export class References {
  readonly #layout: Layout;
  readonly #blobs: Blobs;
  readonly #log: Log;
  readonly #cache: CacheFile<CacheRecord>;
  #cacheRead: Promise<void> | undefined;
  /** Entries by file name, valid while the file has the entry's stamp. */
  readonly #known = new Map<string, ReferenceEntry>();
  /** Stamps of damaged files that have been logged, by file name. */
  readonly #damaged = new Map<string, Stamp>();
  #unsaved = 0;
  #latest: { readonly key: string; readonly survey: Survey } | undefined;

  constructor(layout: Layout, blobs: Blobs, log: Log) {
    this.#layout = layout;
    this.#blobs = blobs;
    this.#log = log;
    this.#cache = new CacheFile(layout, { name: 'references', version: 1, schema: recordSchema }, log);
  }

  /** Reads one file. */
  async get(reference: Reference): Promise<ReferenceEntry | undefined> {
    return (await this.#look(`${safeName(reference)}.json`))?.entry;
  }

  /** Examines every file. A damaged one is logged once and skipped. */
  async survey(): Promise<Survey> {
    this.#cacheRead ??= this.#readCache();
    await this.#cacheRead;
    // Taken first, so that a change during the survey changes the key too.
    const key = await this.#key();
    const { refs } = this.#layout;
    const names = (await guarded('read', refs, () => readdir(refs))).filter((name) => name.endsWith('.json'));
    const looks = (await inBatches(names, BATCH, (name) => this.#look(name))).filter(
      (look) => look !== undefined,
    );
    const entries = looks.map(({ entry }) => entry).filter((entry) => entry !== undefined);
    entries.sort((a, b) => (a.id < b.id ? -1 : 1));
    this.#forgetAllBut(new Set(names));
    const survey = { entries, damaged: looks.length - entries.length };
    this.#latest = { key, survey };
    if (this.#unsaved > MAX_UNSAVED) await this.save();
    return survey;
  }

  /** Does the same for a holder of the store's lock, and skips the files if no reference changed since. */
  async underLock(): Promise<Survey> {
    if (this.#latest !== undefined && this.#latest.key === (await this.#key())) return this.#latest.survey;
    return this.survey();
  }

  /** Remembers `survey` as current, including index.json. The caller has the store's lock. */
  async remember(survey: Survey): Promise<void> {
    this.#latest = { key: await this.#key(), survey };
  }

  /** Writes the file of a reference. @param content all content of its manifest. */
  async put(stored: StoredReference, content: readonly ContentItem[]): Promise<ReferenceEntry> {
    const fileContent = { ...stored, content, pulledAt: new Date(stored.pulledAt).toISOString() };
    const path = this.#layout.ref(stored.reference);
    const name = `${safeName(stored.reference)}.json`;
    const before = await this.#look(name);
    if (before !== undefined && before.entry === undefined) await requireOwnSmall(path, REFERENCE);
    await writeAtomically(path, `${JSON.stringify(fileContent, null, 2)}\n`, this.#layout.temporary());
    const stamp = await guarded('read', path, async () => stampOf(await lstat(path)));
    return this.#keep(this.#entryOf(name, { ...stored, content }, stamp));
  }

  /** Moves the file of a reference to the trash. */
  async delete(reference: Reference, trash: Trash): Promise<void> {
    const path = this.#layout.ref(reference);
    const status = await fileStatus(path);
    if (status !== undefined) await trash.take(path, status, { isContent: false });
    await guarded('removed', path, () => syncDirectory(this.#layout.refs));
    this.#known.delete(`${safeName(reference)}.json`);
  }

  /**
   * Returns all content of a reference: its manifest, config, layers and files.
   * @throws ModelError if the file does not list it and the manifest is unreadable.
   */
  async contentOf(entry: ReferenceEntry): Promise<readonly ContentItem[]> {
    const known = entry.content ?? this.#known.get(entry.fileName)?.content;
    if (known !== undefined) return known;
    const { manifest } = entry.stored;
    const bytes = await this.#blobs.read(manifest, MAX_MANIFEST_BYTES);
    const content = contentOf(manifest, imageOf(bytes, manifest));
    this.#keep({ ...entry, content });
    return content;
  }

  /** Writes the cache file, if files were read since. */
  async save(): Promise<void> {
    if (this.#unsaved === 0) return;
    this.#unsaved = 0;
    await this.#cache.write([...this.#known.values()].map(recordOf));
  }

  async #readCache(): Promise<void> {
    for (const { fileName, stamp, ...stored } of await this.#cache.read()) {
      if (!this.#known.has(fileName)) this.#known.set(fileName, this.#entryOf(fileName, stored, stamp));
    }
  }

  #keep(entry: ReferenceEntry): ReferenceEntry {
    this.#known.set(entry.fileName, entry);
    this.#unsaved++;
    return entry;
  }

  #entryOf(fileName: string, { content, ...rest }: StoredWithContent, stamp: Stamp): ReferenceEntry {
    const { reference, manifest, files, unpacked, pulledAt } = rest;
    const id = formatReference(reference);
    const stored = { reference, manifest, files, ...(unpacked === undefined ? {} : { unpacked }), pulledAt };
    const line = indexLine(id, manifest, this.#layout.id);
    return { fileName, id, stored, content, indexLine: line, stamp };
  }

  #forgetAllBut(names: ReadonlySet<string>): void {
    for (const name of this.#known.keys()) if (!names.has(name)) this.#known.delete(name);
    for (const name of this.#damaged.keys()) if (!names.has(name)) this.#damaged.delete(name);
  }

  /** Changes with every commit and deletion by any process, and with every name that comes or goes by hand. */
  async #key(): Promise<string> {
    const { refs, index } = this.#layout;
    const [folder, file] = await Promise.all([
      guarded('read', refs, () => stat(refs, { bigint: true })),
      guarded('read', index, () => ifPresent(lstat(index, { bigint: true }))),
    ]);
    // Each change also replaces index.json; times alone could be equal on a coarse clock.
    return [folder.mtimeNs, folder.ctimeNs, file?.ino, file?.size, file?.mtimeNs, file?.ctimeNs].join(' ');
  }

  /** Examines one file. Returns undefined if it is missing, and no entry if it is damaged. */
  async #look(fileName: string): Promise<{ readonly entry: ReferenceEntry | undefined } | undefined> {
    const path = join(this.#layout.refs, fileName);
    const status = await guarded('read', path, () => ifPresent(lstat(path)));
    if (status === undefined) return undefined;
    const stamp = stampOf(status);
    const known = this.#known.get(fileName);
    if (known !== undefined && sameStamp(known.stamp, stamp)) return { entry: known };
    const told = this.#damaged.get(fileName);
    if (told !== undefined && sameStamp(told, stamp)) return { entry: undefined };
    const found = await findSmall(path, REFERENCE);
    if (found.state === 'none') return undefined;
    if (found.state === 'ours' && `${safeName(found.value.reference)}.json` === fileName) {
      this.#damaged.delete(fileName);
      const stored = { ...found.value, pulledAt: Date.parse(found.value.pulledAt) };
      return { entry: this.#keep(this.#entryOf(fileName, stored, stamp)) };
    }
    this.#known.delete(fileName);
    this.#damaged.set(fileName, stamp);
    this.#log.warn(
      found.state === 'foreign'
        ? `No reference is read from a file of somebody else: ${found.error.message}`
        : `The reference file ${path} is damaged and is left out; pull its model again.`,
    );
    return { entry: undefined };
  }
}

type StoredWithContent = StoredReference & Pick<ReferenceEntry, 'content'>;

function recordOf({ fileName, stamp, stored, content }: ReferenceEntry): CacheRecord {
  const { files, unpacked, ...rest } = stored;
  const layers = unpacked?.map((layer) => ({ ...layer, members: [...layer.members] }));
  const record = { ...rest, files: [...files], unpacked: layers, fileName, stamp };
  return content === undefined ? record : { ...record, content: [...content] };
}

function stampOf({ size, mtimeMs, ino }: Stamp): Stamp {
  return { size, mtimeMs, ino };
}

function sameStamp(a: Stamp, b: Stamp): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs && a.ino === b.ino;
}
