/** Lists the models of other tools that can be imported, and tells which of them the store already has. */

import { realpath, stat } from 'node:fs/promises';
import { weightsOf } from '../artifact/index.ts';
import { type Log, silentLog } from '../base/log.ts';
import { formatReference, type Reference } from '../oci/index.ts';
import type { ModelStore, StoredReference } from '../store/index.ts';
import { foreignTools } from './allTools.ts';
import { type Machine, thisMachine } from './homeFolders.ts';
import type { ScanOptions } from './scan.ts';
import type { FoundModel } from './tool.ts';

/** `present` if the store has the content; `replaces` if the store has other content under this name. */
export type ForeignModelState = 'new' | 'present' | 'replaces';

/** A model of another tool. */
export interface ForeignModel {
  /** The tool, as people know it: `Ollama`. */
  readonly tool: string;
  /** As the tool shows it. */
  readonly name: string;
  /** Its name in the store after the import. */
  readonly reference: Reference;
  /** Bytes of all files. */
  readonly sizeBytes: number;
  /** Such as `Q4_K_M`. */
  readonly quantization?: string | undefined;
  readonly state: ForeignModelState;
  /** True if the store can hold it without extra disk space. */
  readonly sharesSpace: boolean;
  /** The argument for {@link importModel}. */
  readonly found: FoundModel;
}

export interface ForeignModelsOptions {
  /** Defaults to the machine that this program runs on. */
  readonly machine?: Machine | undefined;
  /** Folders with OCI image layouts. */
  readonly layouts?: readonly string[] | undefined;
  readonly log?: Log | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The models of other tools. */
export interface ForeignModels {
  readonly models: readonly ForeignModel[];
  /** All folders that were searched, including those that do not exist. */
  readonly searched: readonly { readonly tool: string; readonly folders: readonly string[] }[];
}

/**
 * Searches the stores of all known tools. Damaged models and those that do not run here are logged and skipped.
 * A name that two tools have is listed once.
 * @throws ModelError `cancelled`, `store-error` if our own store cannot be read.
 */
export async function listForeignModels(
  store: ModelStore,
  options: ForeignModelsOptions = {},
): Promise<ForeignModels> {
  const scan: ScanOptions = { log: options.log ?? silentLog, signal: options.signal };
  const layouts = await withoutOwn(store, options.layouts ?? []);
  const tools = await foreignTools(options.machine ?? thisMachine(), layouts, scan);
  const contents = await StoreContents.read(store);
  const models = new Map<string, ForeignModel>();
  for (const tool of tools) {
    for (const found of await tool.models(scan)) {
      const id = formatReference(found.reference);
      if (models.has(id)) scan.log.info(`${tool.title} has ${id} too; it is listed once.`);
      else models.set(id, await describe(store, contents, tool.title, found));
    }
  }
  const searched = tools.map(({ title, folders }) => ({ tool: title, folders }));
  return { models: [...models.values()], searched };
}

/** Removes our own store, which is an image layout too, from `layouts`. */
async function withoutOwn(store: ModelStore, layouts: readonly string[]): Promise<string[]> {
  const real = (path: string): Promise<string> => realpath(path).catch(() => path);
  const own = await real(store.root);
  const places = await Promise.all(layouts.map(real));
  return layouts.filter((_, index) => places[index] !== own);
}

async function describe(
  store: ModelStore,
  contents: StoreContents,
  tool: string,
  found: FoundModel,
): Promise<ForeignModel> {
  const files = filesOf(found);
  const sharing = await Promise.all(files.map(({ path }) => store.canBeLinked(path)));
  return {
    tool,
    name: found.name,
    reference: found.reference,
    sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    quantization:
      found.kind === 'packaged' ? found.artifact.metadata.quantization : found.summary.quantization,
    state: await contents.stateOf(found),
    sharesSpace: sharing.every((shares) => shares),
    found,
  };
}

interface ContentFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly digest?: string | undefined;
}

function filesOf(found: FoundModel): readonly ContentFile[] {
  if (found.kind === 'plain') return found.files;
  return found.artifact.files.map(({ digest, size }) => ({
    path: found.paths.get(digest) ?? '',
    sizeBytes: size,
    digest,
  }));
}

function weightFilesOf(found: FoundModel): readonly ContentFile[] {
  if (found.kind === 'plain') return found.files;
  const weights = new Set(weightsOf(found.artifact).map(({ digest }) => digest));
  return filesOf(found).filter(({ digest }) => digest !== undefined && weights.has(digest));
}

/** Knows the contents of our store by name, by digest, and by inode, because a file may be shared with another tool. */
class StoreContents {
  readonly #references: ReadonlyMap<string, StoredReference>;
  readonly #digests: ReadonlySet<string>;
  readonly #inodes: ReadonlySet<string>;

  private constructor(references: readonly StoredReference[], inodes: ReadonlySet<string>) {
    this.#references = new Map(references.map((stored) => [formatReference(stored.reference), stored]));
    this.#digests = new Set(references.flatMap(({ files }) => files.map(({ digest }) => digest)));
    this.#inodes = inodes;
  }

  static async read(store: ModelStore): Promise<StoreContents> {
    const references = await store.references();
    const digests = new Set(references.flatMap(({ files }) => files.map(({ digest }) => digest)));
    const inodes = await Promise.all([...digests].map((digest) => inodeOf(store.blobPath(digest))));
    return new StoreContents(references, new Set(inodes.filter((inode) => inode !== undefined)));
  }

  async stateOf(found: FoundModel): Promise<ForeignModelState> {
    const stored = this.#references.get(formatReference(found.reference));
    if (found.kind === 'packaged' && stored?.manifest.digest === found.manifest.digest) return 'present';
    const known = await Promise.all(weightFilesOf(found).map((file) => this.#has(file)));
    if (known.length > 0 && known.every((has) => has)) return 'present';
    return stored === undefined ? 'new' : 'replaces';
  }

  /** Compares digests, or inodes if the digest is unknown: after an import as a hard link both are the same file. */
  async #has({ digest, path }: ContentFile): Promise<boolean> {
    if (digest !== undefined) return this.#digests.has(digest);
    const inode = await inodeOf(path);
    return inode !== undefined && this.#inodes.has(inode);
  }
}

async function inodeOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return `${dev} ${ino}`;
  } catch {
    return undefined; // gone; an import would report it
  }
}
