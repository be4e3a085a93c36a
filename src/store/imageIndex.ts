/**
 * `index.json`: the store as an OCI image layout (image-spec image-layout.md) for skopeo, oras and regctl. What this
 * store has in it is derived from `refs/`, which is the truth, and written again when it differs; each manifest has a
 * line of its own, made once, so that thousands of them are written in milliseconds. What other tools wrote into it
 * stays, and so does the content that it names.
 */
import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { z } from 'zod';
import { type Descriptor, MediaType } from '../oci/descriptor.ts';
import { guarded, ifPresent, writeAtomically } from './files.ts';
import type { Layout } from './layout.ts';
import { readText } from './ownFiles.ts';

/** image-spec annotations.md: the name of a manifest in a layout. */
const REF_NAME = 'org.opencontainers.image.ref.name';
/** The id of the store that wrote the line: what of it no reference names any more is not kept. */
const STORE = 'vnd.oci-models.store';
/** Bytes of an index that are read at most. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The descriptor of a manifest with its name, as it stands in index.json. @param store id of it. */
export function indexLine(name: string, { mediaType, digest, size }: Descriptor, store?: string): string {
  return JSON.stringify({
    mediaType: mediaType || MediaType.imageManifest,
    digest,
    size,
    annotations: { [REF_NAME]: name, ...(store === undefined ? {} : { [STORE]: store }) },
  });
}

/** References, as far as index.json has them. */
type Lines = readonly { readonly id: string; readonly indexLine: string }[];

const entrySchema = z.looseObject({
  digest: z.string(),
  annotations: z.record(z.string(), z.unknown()).nullish(),
});
const indexSchema = z.object({ manifests: z.array(z.unknown()).max(100_000).nullish() });

/** An entry of another tool. */
export interface ForeignEntry {
  readonly digest: string;
  readonly line: string;
}

/** Reads and writes index.json. Changes are made under the store's lock, which the caller has. */
export class ImageIndex {
  readonly #layout: Layout;
  /** What others have in the file as this process wrote it. */
  #latest: { readonly key: string; readonly foreign: readonly ForeignEntry[] } | undefined;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** Tells whether index.json says what `lines` say. */
  async isCurrent(lines: Lines): Promise<boolean> {
    const text = await this.#read();
    if (text === undefined) return false;
    return text === indexText(lines, []) || text === indexText(lines, this.#foreignOf(text, lines));
  }

  /** Writes index.json, with what other tools have in it. */
  async write(lines: Lines): Promise<void> {
    const foreign = await this.foreign(lines);
    const { index } = this.#layout;
    await writeAtomically(index, indexText(lines, foreign), this.#layout.temporary());
    this.#latest = { key: await this.#key(), foreign };
  }

  /** The entries that other tools wrote. @param lines of the references that are there. */
  async foreign(lines: Lines): Promise<readonly ForeignEntry[]> {
    const key = await this.#key();
    if (this.#latest?.key === key) return this.#latest.foreign;
    const text = await this.#read();
    const foreign = text === undefined ? [] : this.#foreignOf(text, lines);
    this.#latest = { key, foreign };
    return foreign;
  }

  #foreignOf(text: string, lines: Lines): ForeignEntry[] {
    const names = new Set(lines.map(({ id }) => id));
    const isOurs = (annotations: Readonly<Record<string, unknown>>): boolean => {
      const store = annotations[STORE];
      return (store !== undefined && store === this.#layout.id) || names.has(String(annotations[REF_NAME]));
    };
    return entriesOf(text)
      .filter(({ annotations }) => !isOurs(annotations ?? {}))
      .map((entry) => ({ digest: entry.digest, line: JSON.stringify(entry) }));
  }

  #read(): Promise<string | undefined> {
    const { index } = this.#layout;
    return guarded('read', index, () => readText(index, MAX_BYTES));
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

function entriesOf(text: string): z.infer<typeof entrySchema>[] {
  try {
    const { data } = indexSchema.safeParse(JSON.parse(text));
    return (data?.manifests ?? [])
      .map((entry) => entrySchema.safeParse(entry).data)
      .filter((entry) => entry !== undefined);
  } catch {
    return []; // no index at all: it is written anew
  }
}

function indexText(lines: Lines, foreign: readonly ForeignEntry[]): string {
  const all = [...lines.map((entry) => entry.indexLine), ...foreign.map(({ line }) => line)];
  const manifests = all.map((line) => `\n${line}`).join(',');
  return `{"schemaVersion":2,"mediaType":"${MediaType.imageIndex}","manifests":[${manifests}]}\n`;
}
