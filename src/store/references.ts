/** The files in `refs/`: which manifest a reference names, and which files of it lie in `models/`. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Log } from '../base/log.ts';
import { type Descriptor, descriptorSchema, digestSchema } from '../oci/descriptor.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import { guarded, ifPresent, syncDirectory, writeAtomically } from './files.ts';
import { type Layout, safeName } from './layout.ts';

/** One file of a stored model. */
export interface StoredFile {
  /** A relative path with `/`, as the artifact names it. */
  readonly name: string;
  readonly digest: string;
}

/** What the store knows of a reference. */
export interface StoredReference {
  readonly reference: Reference;
  readonly manifest: Descriptor;
  readonly files: readonly StoredFile[];
  /** Milliseconds since 1970. */
  readonly pulledAt: number;
}

/** Characters of a reference file that are read at most: ten thousand files of a long name fit. */
const MAX_REFERENCE_FILE = 4 * 1024 * 1024;

const schema = z.object({
  reference: z.object({
    registry: z.string().min(1),
    repository: z.string().min(1),
    tag: z.string().optional(),
    digest: digestSchema.optional(),
  }),
  manifest: descriptorSchema,
  files: z.array(z.object({ name: z.string(), digest: digestSchema })),
  pulledAt: z.iso.datetime(),
});

/** Reads and writes `refs/`. Changes are made under the store's lock, which the caller has. */
export class References {
  readonly #layout: Layout;
  readonly #log: Log;

  constructor(layout: Layout, log: Log) {
    this.#layout = layout;
    this.#log = log;
  }

  async get(reference: Reference): Promise<StoredReference | undefined> {
    return this.#read(`${safeName(reference)}.json`);
  }

  /** Every readable reference, in the order of their names. A damaged file is logged and left out. */
  async all(): Promise<StoredReference[]> {
    return (await this.survey()).readable;
  }

  /** Every readable reference, and how many cannot be read: nobody knows what content those need. */
  async survey(): Promise<{ readable: StoredReference[]; damaged: number }> {
    const { refs } = this.#layout;
    const names = (await guarded('read', refs, () => readdir(refs))).filter((name) => name.endsWith('.json'));
    const readable: StoredReference[] = [];
    for (const name of names) {
      const stored = await this.#read(name);
      if (stored !== undefined) readable.push(stored);
    }
    readable.sort((a, b) => (formatReference(a.reference) < formatReference(b.reference) ? -1 : 1));
    return { readable, damaged: names.length - readable.length };
  }

  async put(stored: StoredReference): Promise<void> {
    const content = { ...stored, pulledAt: new Date(stored.pulledAt).toISOString() };
    const path = this.#layout.ref(stored.reference);
    await writeAtomically(path, `${JSON.stringify(content, null, 2)}\n`, this.#layout.ingests);
  }

  async delete(reference: Reference): Promise<void> {
    const path = this.#layout.ref(reference);
    await guarded('removed', path, async () => {
      await rm(path, { force: true });
      await syncDirectory(this.#layout.refs);
    });
  }

  async #read(fileName: string): Promise<StoredReference | undefined> {
    const path = join(this.#layout.refs, fileName);
    const text = await guarded('read', path, () => ifPresent(readFile(path, 'utf8')));
    if (text === undefined) return undefined;
    const stored = parse(text);
    if (stored !== undefined && `${safeName(stored.reference)}.json` === fileName) return stored;
    this.#log.warn(`The reference file ${path} is damaged and is left out; pull its model again.`);
    return undefined;
  }
}

function parse(text: string): StoredReference | undefined {
  if (text.length > MAX_REFERENCE_FILE) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined; // the caller logs it
  }
  const { data } = schema.safeParse(json);
  return data === undefined ? undefined : { ...data, pulledAt: Date.parse(data.pulledAt) };
}
