/**
 * Files with data that is derived from the rest of the store: `cache/<name>.ndjson`. Losing one costs only time, so
 * they are not flushed to the disk, and of a damaged one the readable lines count.
 *
 *   file   ::= header record*
 *   header ::= line of {"cache":name,"version":number}
 *   record ::= line of JSON
 *   line   ::= crc32 of the JSON, 8 hexadecimal digits, " ", JSON, "\n"
 *
 * The checksum detects lines that a power failure truncated or a disk changed. Otherwise a wrong digest in a cache could
 * make content look like garbage.
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

/** The largest cache that is read, in bytes; a larger one is rebuilt. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Lines between two turns of the event loop: a few milliseconds. */
const BATCH_LINES = 100;

/** The records that a {@link CacheFile} keeps. */
export interface CacheKind<T> {
  /** Plain, such as `references`. */
  readonly name: string;
  /** Raised when the meaning of records changes, so that older files are not read. */
  readonly version: number;
  readonly schema: z.ZodType<T>;
}

/** The cached records of one kind. Neither call throws: an unusable cache is logged and ignored. */
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

  /** Returns all readable records, or none if there is no file or it has another version. */
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
      await rm(temporary, { force: true }).catch(() => undefined); // probably the same cause
      this.#tell('written', error);
    }
  }

  /** Logs a failure; a foreign file in the cache's place is a warning, once. */
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

/** Recognizes a cache of any kind and version by the beginning of its first line. */
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
    return undefined; // the checksum matches, but the text never was JSON
  }
}
