/** Looks for content by its digest in the stores of other tools, so that it need not be downloaded. */
import { realpath, stat } from 'node:fs/promises';
import { isModelError } from '../base/error.ts';
import { type Log, silentLog } from '../base/log.ts';
import { type Descriptor, parseDigest } from '../oci/index.ts';
import {
  type AdoptionWay,
  type AdoptOptions,
  type HashFile,
  hashFile,
  type ModelStore,
} from '../store/index.ts';
import { foreignTools } from './allTools.ts';
import { type Machine, thisMachine } from './homeFolders.ts';
import { type FoundFile, fileOfSize, type ScanOptions } from './scan.ts';
import type { ForeignTool } from './tool.ts';

export interface LocalSourcesOptions {
  /** Defaults to the machine that this program runs on. */
  readonly machine?: Machine | undefined;
  /** Returns folders with OCI image layouts; called at every search. Defaults to none. */
  readonly layouts?: (() => readonly string[]) | undefined;
  /** Hashes files. Defaults to hashing in this thread. */
  readonly hashFile?: HashFile | undefined;
  readonly log?: Log | undefined;
}

/** Content in another tool's store. Its digest is the tool's claim until our store has verified it. */
export interface LocalCopy {
  readonly path: string;
  /** The tool, as people know it: `Ollama`. */
  readonly tool: string;
}

/** Content that came from another tool's store. */
export interface LocalAdoption extends LocalCopy {
  readonly way: AdoptionWay;
}

/** The parts that all searches share. */
interface SearchParts {
  readonly machine: Machine;
  readonly layouts: readonly string[];
  readonly hashFile: HashFile;
  readonly log: Log;
  /** Digests of files, by path, size and time of the last change. */
  readonly digests: Map<string, string>;
}

/** Searches the stores of other tools on this machine. */
export class LocalSources {
  readonly #parts: Omit<SearchParts, 'layouts'>;
  readonly #layouts: () => readonly string[];

  constructor(options: LocalSourcesOptions = {}) {
    this.#parts = {
      machine: options.machine ?? thisMachine(),
      hashFile: options.hashFile ?? hashFile,
      log: options.log ?? silentLog,
      digests: new Map(),
    };
    this.#layouts = options.layouts ?? (() => []);
  }

  /** Begins a search for one or more blobs, which lists the tools' folders only once. */
  search(): LocalSearch {
    return new LocalSearch({ ...this.#parts, layouts: this.#layouts() });
  }
}

/** One short search: changes that the tools make meanwhile are not seen. */
export class LocalSearch {
  readonly #parts: SearchParts;
  #tools: Promise<readonly ForeignTool[]> | undefined;
  readonly #unnamed = new Map<ForeignTool, readonly FoundFile[]>();

  constructor(parts: SearchParts) {
    this.#parts = parts;
  }

  /**
   * Returns the first copy of the content. Files without a digest in their name are hashed if they have exactly its
   * size, once in this process.
   * @throws ModelError `cancelled`.
   */
  async findLocalCopy(
    wanted: Descriptor,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<LocalCopy | undefined> {
    for await (const copy of this.#copies(wanted, options.signal)) return copy;
    return undefined;
  }

  /**
   * Adopts the content from the first tool that really has it. If a copy is damaged, unreadable or does not fit on the
   * disk, this is logged and the next one is tried.
   * @returns undefined if no tool has it.
   * @throws ModelError `cancelled`.
   */
  async adopt(
    store: ModelStore,
    wanted: Descriptor,
    options: AdoptOptions = {},
  ): Promise<LocalAdoption | undefined> {
    const { hashFile, log } = this.#parts;
    for await (const copy of this.#copies(wanted, options.signal)) {
      try {
        const { way } = await store.adoptBlob(wanted, copy.path, { hashFile, ...options });
        log.info(`Took ${wanted.digest} from ${copy.tool} (${way}): ${copy.path}`);
        return { ...copy, way };
      } catch (error) {
        if (isModelError(error, 'cancelled')) throw error;
        log.warn(`${copy.tool}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    return undefined;
  }

  async *#copies(wanted: Descriptor, signal: AbortSignal | undefined): AsyncGenerator<LocalCopy> {
    const { machine, layouts, log } = this.#parts;
    const options = { log, signal };
    this.#tools ??= foreignTools(machine, layouts, options);
    const tools = await this.#tools;
    for (const { title, pathsOf } of tools) {
      for (const path of await pathsOf(wanted, options)) {
        if ((await fileOfSize(path, wanted.size)) !== undefined) yield { path, tool: title };
      }
    }
    for (const tool of tools) {
      for (const { path, sizeBytes } of await this.#unnamedFiles(tool, options)) {
        if (sizeBytes !== wanted.size) continue;
        if ((await this.#digestOf(path, wanted.digest, options)) === wanted.digest)
          yield { path, tool: tool.title };
      }
    }
  }

  async #unnamedFiles(tool: ForeignTool, options: ScanOptions): Promise<readonly FoundFile[]> {
    const known = this.#unnamed.get(tool);
    if (known !== undefined) return known;
    const files = await tool.unnamedFiles(options);
    this.#unnamed.set(tool, files);
    return files;
  }

  /** @param like a digest of the wanted algorithm. */
  async #digestOf(path: string, like: string, { log, signal }: ScanOptions): Promise<string | undefined> {
    const { digests, hashFile } = this.#parts;
    try {
      const real = await realpath(path);
      const { size, mtimeNs } = await stat(real, { bigint: true });
      const key = `${parseDigest(like).algorithm} ${real} ${size} ${mtimeNs}`;
      const known = digests.get(key);
      if (known !== undefined) return known;
      const hashed = await hashFile(real, like, { signal });
      if (hashed !== undefined) digests.set(key, hashed.digest);
      return hashed?.digest;
    } catch (error) {
      if (isModelError(error, 'cancelled')) throw error;
      log.warn(`${path} cannot be read and is left out: ${String(error)}`);
      return undefined;
    }
  }
}
