/**
 * Files with what was derived from the rest of the store: `cache/<name>.ndjson`. Nothing is lost with one of
 * them, so they are not flushed to the disk, and one that is damaged counts as far as it can be read.
 *
 *   file   ::= header record*
 *   header ::= line of {"cache":name,"version":number}
 *   record ::= line of JSON
 *   line   ::= crc32 of the JSON, 8 hexadecimal digits, " ", JSON, "\n"
 *
 * The sum finds what a power failure left half written and what a disk changed; a wrong digest in here could
 * otherwise take content for garbage.
 */
import { rm, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import type { z } from 'zod';
import { inBatches } from '../../base/batches.ts';
import type { Log } from '../../base/log.ts';
import { renameFile } from '../disk/files.ts';
import { ForeignFileError } from '../disk/foreign.ts';
import type { Layout } from '../disk/layout.ts';
import { makeFolder, readText } from '../disk/ownFiles.ts';
import { requireOwnSmall, type SmallFile } from '../disk/smallFile.ts';

/** Bytes of a cache that is read; a larger one is written anew. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Lines between two turns of the event loop: a few milliseconds. */
const BATCH_LINES = 100;

/** What {@link CacheFile} keeps. */
export interface CacheKind<T> {
  /** Plain, such as `references`. */
  readonly name: string;
  /** Raised when records mean something else: older files are then not read. */
  readonly version: number;
  readonly schema: z.ZodType<T>;
}

/** The records of one kind. Neither call throws: a cache that cannot be used is logged and done without. */
export class CacheFile<T> {
  readonly #path: string;
  readonly #layout: Layout;
  readonly #kind: CacheKind<T>;
  readonly #log: Log;
  #isTold = false;

  constructor(layout: Layout, kind: CacheKind<T>, log: Log) {
    this.#path = layout.cache(kind.name);
    this.#layout = layout;
    this.#kind = kind;
    this.#log = log;
  }

  /** The records that can be read; none where there is no file, or one of another version. */
  async read(): Promise<T[]> {
    try {
      const [header, ...lines] = ((await readText(this.#path, MAX_BYTES)) ?? '').split('\n');
      if (header !== this.#header()) return [];
      const { schema } = this.#kind;
      const records = await inBatches(lines, BATCH_LINES, (line) => parseLine(line, schema));
      return records.filter((record) => record !== undefined);
    } catch (error) {
      this.#tell('used', error);
      return [];
    }
  }

  /** Replaces all records. */
  async write(records: readonly T[]): Promise<void> {
    const lines = await inBatches(records, BATCH_LINES, (record) => formatLine(record));
    const temporary = this.#layout.temporary();
    try {
      await makeFolder(this.#layout.root, dirname(this.#path));
      await requireOwnSmall(this.#path, CACHE);
      await writeFile(temporary, [this.#header(), ...lines, ''].join('\n'));
      await renameFile(temporary, this.#path);
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined); // the same disk or folder, the same error
      this.#tell('written', error);
    }
  }

  /** Something else in its place was put there by somebody, who is told once. */
  #tell(action: string, error: unknown): void {
    const message = `The cache ${basename(this.#path)} is not ${action}: ${String(error)}`;
    const isForeign = error instanceof ForeignFileError;
    if (!isForeign) this.#log.debug(message);
    else if (!this.#isTold) this.#log.warn(message);
    this.#isTold ||= isForeign;
  }

  #header(): string {
    return formatLine({ cache: this.#kind.name, version: this.#kind.version });
  }
}

/** Every cache, of whatever kind and version, by its first line alone. */
const CACHE: SmallFile<true> = {
  isBeginning: (text) => START.test(text) || /^[0-9a-f]{0,8}$/.test(text),
  parse: (text) => (START.test(text) ? true : undefined),
  maxBytes: 0,
};
const START = /^[0-9a-f]{8} \{"cache":"/;

function sum(json: string): string {
  return crc32(json).toString(16).padStart(8, '0');
}

function formatLine(record: unknown): string {
  const json = JSON.stringify(record);
  return `${sum(json)} ${json}`;
}

function parseLine<T>(line: string, schema: z.ZodType<T>): T | undefined {
  const json = line.slice(9);
  if (line.slice(0, 9) !== `${sum(json)} `) return undefined;
  try {
    return schema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined; // the right sum of something that was never JSON
  }
}
