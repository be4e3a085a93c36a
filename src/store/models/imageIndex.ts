/**
 * Maintains `index.json`, which makes the store an OCI image layout (image-spec image-layout.md) for skopeo, oras and
 * regctl. This store's entries are derived from `refs/`, the source of truth, and written again if they differ. Each
 * manifest has a line of its own that is made once, so that thousands are written in milliseconds. Entries of other
 * tools stay, and so does the content that they name.
 */
import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import * as z from 'zod';
import type { Log } from '../../base/log.ts';
import { type Descriptor, MediaType } from '../../oci/spec/descriptor.ts';
import { guarded, ifPresent, writeAtomically } from '../disk/files.ts';
import type { ForeignFileError } from '../disk/foreign.ts';
import type { Layout } from '../disk/layout.ts';
import { findSmall, jsonFile, type SmallFile } from '../disk/smallFile.ts';

/** image-spec annotations.md: the name of a manifest in a layout. */
const REF_NAME = 'org.opencontainers.image.ref.name';
/** Annotation with the id of the store that wrote a line, which is dropped when no reference names it any more. */
const STORE = 'vnd.oci-models.store';
/** The largest index that is read, in bytes. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Returns the line of a manifest in index.json: its descriptor with its name. @param store id of the store. */
export function indexLine(name: string, { mediaType, digest, size }: Descriptor, store?: string): string {
  return JSON.stringify({
    mediaType: mediaType || MediaType.imageManifest,
    digest,
    size,
    annotations: { [REF_NAME]: name, ...(store === undefined ? {} : { [STORE]: store }) },
  });
}

/** The references with their lines in index.json. */
type Lines = readonly { readonly id: string; readonly indexLine: string }[];

const entrySchema = z.looseObject({
  digest: z.string(),
  annotations: z.record(z.string(), z.unknown()).nullish(),
});
/** An index as any tool writes it; Go writes an empty list as null. */
const indexSchema = z.looseObject({
  schemaVersion: z.literal(2),
  manifests: z.array(z.unknown()).max(100_000).nullable(),
});
const INDEX = jsonFile(
  indexSchema,
  [`{"schemaVersion":2,"mediaType":"${MediaType.imageIndex}"`, '{"schemaVersion":2,"manifests":['],
  MAX_BYTES,
);
type Index = z.infer<typeof indexSchema>;
/** An index together with its text. */
const TEXT: SmallFile<{ readonly text: string; readonly content: Index }> = {
  ...INDEX,
  parse(text) {
    const content = INDEX.parse(text);
    return content === undefined ? undefined : { text, content };
  },
};
/** Members that this store writes; others belong to other tools. */
const OWN_MEMBERS = ['schemaVersion', 'mediaType', 'manifests'];

/** An entry of another tool. */
export interface ForeignEntry {
  readonly digest: string;
  readonly line: string;
}

/** The parts of the file that other tools wrote. */
interface Others {
  readonly entries: readonly ForeignEntry[];
  /** Members of the index itself, such as `"annotations":{…}`. */
  readonly members: readonly string[];
  /** The error if the file is not an index. */
  readonly error?: ForeignFileError;
}

/** Reads and writes index.json. Changes are made under the store's lock, which the caller has. */
export class ImageIndex {
  readonly #layout: Layout;
  readonly #log: Log;
  /** The parts of other tools as of this process's last read or write. */
  #latest: { readonly key: string; readonly others: Others } | undefined;
  #isTold = false;

  constructor(layout: Layout, log: Log) {
    this.#layout = layout;
    this.#log = log;
  }

  /** Tells whether index.json has exactly `lines` besides the entries of other tools. A foreign file counts as current. */
  async isCurrent(lines: Lines): Promise<boolean> {
    const { index } = this.#layout;
    const found = await findSmall(index, TEXT);
    if (found.state === 'foreign') return this.#tell(found.error);
    if (found.state !== 'ours') return false;
    const { text, content } = found.value;
    const nothing: Others = { entries: [], members: [] };
    return text === indexText(lines, nothing) || text === indexText(lines, this.#othersOf(content, lines));
  }

  /**
   * Writes index.json, and keeps the parts of other tools. A file in its place that is not an index stays, because the
   * store itself does not need one.
   */
  async write(lines: Lines): Promise<void> {
    const others = await this.#others(lines);
    if (others.error !== undefined) return void this.#tell(others.error);
    const { index } = this.#layout;
    await writeAtomically(index, indexText(lines, others), this.#layout.temporary());
    this.#latest = { key: await this.#key(), others };
  }

  /** Returns the entries of other tools. @param lines of all stored references. */
  async foreign(lines: Lines): Promise<readonly ForeignEntry[]> {
    return (await this.#others(lines)).entries;
  }

  async #others(lines: Lines): Promise<Others> {
    const key = await this.#key();
    if (this.#latest?.key === key) return this.#latest.others;
    const found = await findSmall(this.#layout.index, INDEX);
    const none = { entries: [], members: [] };
    const others =
      found.state === 'ours'
        ? this.#othersOf(found.value, lines)
        : found.state === 'foreign'
          ? { ...none, error: found.error }
          : none;
    this.#latest = { key, others };
    return others;
  }

  #othersOf(index: Index, lines: Lines): Others {
    const names = new Set(lines.map(({ id }) => id));
    const isOurs = (annotations: Readonly<Record<string, unknown>>): boolean => {
      const store = annotations[STORE];
      return (store !== undefined && store === this.#layout.id) || names.has(String(annotations[REF_NAME]));
    };
    const entries = (index.manifests ?? [])
      .map((entry) => entrySchema.safeParse(entry).data)
      .filter((entry) => entry !== undefined && !isOurs(entry.annotations ?? {}))
      .map((entry) => ({ digest: entry?.digest ?? '', line: JSON.stringify(entry) }));
    const members = Object.entries(index)
      .filter(([name]) => !OWN_MEMBERS.includes(name))
      .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
    return { entries, members };
  }

  /** Logs once that the file stays as it is. @returns true. */
  #tell(error: ForeignFileError): true {
    if (!this.#isTold)
      this.#log.warn(`Other tools find no list of the models in this folder: ${error.message}`);
    this.#isTold = true;
    return true;
  }

  async #key(): Promise<string> {
    const { index } = this.#layout;
    const status = await guarded('read', index, () => ifPresent(lstat(index, { bigint: true })));
    return status === undefined ? '' : keyOf(status);
  }
}

function keyOf({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [ino, size, mtimeNs, ctimeNs].join(' ');
}

function indexText(lines: Lines, { entries, members }: Others): string {
  const all = [...lines.map((entry) => entry.indexLine), ...entries.map(({ line }) => line)];
  const manifests = all.map((line) => `\n${line}`).join(',');
  const more = members.map((member) => `${member},`).join('');
  return `{"schemaVersion":2,"mediaType":"${MediaType.imageIndex}",${more}"manifests":[${manifests}]}\n`;
}
