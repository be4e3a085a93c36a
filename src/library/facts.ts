/**
 * What is known of a model by its manifest's digest: content never changes under its digest, so this is read
 * once, and kept in a cache file beside the store for the next window.
 */
import { z } from 'zod';
import {
  decideByHeaders,
  defaultsSchema,
  MODEL_FAMILIES,
  MODEL_FORMATS,
  type ModelArtifact,
  type ModelDefaults,
  type ModelFile,
  readArtifact,
  readDefaults,
  weightsOf,
  withMembers,
} from '../artifact/index.ts';
import { ModelError } from '../base/error.ts';
import { type GgufSummary, kindOfFile, readGgufSummary, summarySchema } from '../gguf/index.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from '../oci/spec/manifest.ts';
import {
  type CacheFile,
  type CacheKind,
  type ModelStore,
  type StoredReference,
  storedMembers,
} from '../store/index.ts';

const text = z.string().max(1024);
const count = z.number().nonnegative();

const fileSchema = z.object({ name: text, digest: text, size: count });

/** A GGUF's header without its longest text, which only the engine needs, and reads itself. */
const headerSchema = summarySchema.omit({ chatTemplate: true });

/** A GGUF's header without its longest text, which only the engine needs, and reads itself. */
export type HeaderSummary = Omit<GgufSummary, 'chatTemplate'>;

const factsSchema = z.object({
  manifestDigest: text,
  /** Digests of the manifest and its config, which must be there for the model to count as whole. */
  small: z.array(text).max(2),
  published: z.object({
    family: z.enum(MODEL_FAMILIES),
    format: z.enum(MODEL_FORMATS),
    /** Why it does not run here. */
    reason: text.exactOptional(),
    totalBytes: count,
    /** The files to run, shard 1 first. */
    weights: z.array(fileSchema).min(1).max(10_000),
    quantization: text.exactOptional(),
    parameters: text.exactOptional(),
    architecture: text.exactOptional(),
    contextTokens: count.exactOptional(),
    /** How the publisher wants it to be run. */
    defaults: defaultsSchema.exactOptional(),
  }),
  /** Of a GGUF; other formats have none. */
  summary: headerSchema.exactOptional(),
});

/** What a whole model is. */
export type ModelFacts = z.infer<typeof factsSchema>;
/** What its manifest and config say. */
export type PublishedFacts = ModelFacts['published'];

/** How facts are kept. The version is raised when the readers of manifests or headers find more than before. */
export const FACTS = { name: 'models', version: 7, schema: factsSchema } satisfies CacheKind<ModelFacts>;
/** Facts that are kept at most; the store's models are far fewer. */
const MAX_FACTS = 20_000;

/** The facts of one store's models. */
export class FactsCache {
  readonly #file: CacheFile<ModelFacts>;
  readonly #facts = new Map<string, ModelFacts>();
  readonly #reading = new Map<string, Promise<ModelFacts>>();
  #loaded: Promise<void> | undefined;
  #unsaved = false;

  constructor(store: ModelStore) {
    this.#file = store.cache(FACTS);
  }

  /** What is known; undefined where the model was not read yet. */
  async get(manifestDigest: string): Promise<ModelFacts | undefined> {
    this.#loaded ??= this.#load();
    await this.#loaded;
    return this.#facts.get(manifestDigest);
  }

  /** What `read` gives, once for several that ask at the same time. A failure is not kept. */
  async read(manifestDigest: string, read: () => Promise<ModelFacts>): Promise<ModelFacts> {
    const running = this.#reading.get(manifestDigest);
    if (running !== undefined) return running;
    const reading = read().finally(() => this.#reading.delete(manifestDigest));
    this.#reading.set(manifestDigest, reading);
    const facts = await reading;
    if (this.#facts.size >= MAX_FACTS) this.#facts.clear();
    this.#facts.set(manifestDigest, facts);
    this.#unsaved = true;
    return facts;
  }

  /** Writes what was read. @param digests the manifests of the models that are there; others are forgotten. */
  async save(digests: ReadonlySet<string>): Promise<void> {
    if (!this.#unsaved) return;
    this.#unsaved = false;
    for (const digest of this.#facts.keys()) if (!digests.has(digest)) this.#facts.delete(digest);
    await this.#file.write([...this.#facts.values()]);
  }

  async #load(): Promise<void> {
    for (const facts of await this.#file.read()) this.#facts.set(facts.manifestDigest, facts);
  }
}

const caches = new WeakMap<ModelStore, FactsCache>();

/** The one cache of an open store. */
export function factsCacheOf(store: ModelStore): FactsCache {
  const cache = caches.get(store) ?? new FactsCache(store);
  caches.set(store, cache);
  return cache;
}

/**
 * What the manifest and the config of a stored model say, and their digests.
 * @throws ModelError `not-found`, `digest-mismatch`, `manifest-invalid`, `unsupported-artifact`.
 */
export async function readPublished(
  store: ModelStore,
  stored: StoredReference,
): Promise<Pick<ModelFacts, 'small' | 'published'>> {
  const bytes = await store.readBlob(stored.manifest, MAX_MANIFEST_BYTES);
  const manifest = parseManifest(bytes, stored.manifest.mediaType);
  if (manifest.kind !== 'manifest') {
    throw new ModelError(
      'manifest-invalid',
      'The stored manifest is an index. Remove the model and pull it again.',
    );
  }
  const { config } = manifest;
  const isSmall = config !== undefined && config.size <= MAX_MANIFEST_BYTES;
  const configBytes = isSmall ? await store.readBlob(config, MAX_MANIFEST_BYTES) : undefined;
  const { registry } = stored.reference;
  const kindOf = (digest: string): Promise<string | undefined> => kindOfFile(store.blobPath(digest));
  const packed = await decideByHeaders(
    (headers) => readArtifact(manifest, configBytes, { registry, headers }),
    kindOf,
  );
  const members = storedMembers(stored);
  const artifact = await decideByHeaders((headers) => withMembers(packed, members, headers), kindOf);
  const defaults = await readDefaults(artifact, ({ digest, size }) =>
    store.readBlob({ mediaType: '', digest, size }, MAX_MANIFEST_BYTES),
  );
  return {
    small: [stored.manifest.digest, ...(config === undefined ? [] : [config.digest])],
    published: publishedFacts(artifact, defaults),
  };
}

function publishedFacts(artifact: ModelArtifact, defaults: ModelDefaults | undefined): PublishedFacts {
  const { family, format, reason, totalBytes } = artifact;
  const { quantization, parameters, architecture, contextTokens } = artifact.metadata;
  const weights = weightsOf(artifact);
  if (weights.length === 0) {
    throw new ModelError('unsupported-artifact', 'The model has no weights. Remove it and pull another one.');
  }
  return {
    family,
    format,
    ...(reason === undefined ? {} : { reason }),
    totalBytes,
    weights: weights.map(fileFacts),
    ...(quantization === undefined ? {} : { quantization }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(architecture === undefined ? {} : { architecture }),
    ...(contextTokens === undefined ? {} : { contextTokens }),
    ...(defaults === undefined ? {} : { defaults }),
  };
}

function fileFacts({ path, digest, size }: ModelFile): PublishedFacts['weights'][number] {
  return { name: path, digest, size };
}

/** The header of a model's first file. @throws ModelError `gguf-invalid`, `store-error`. */
export async function readHeader(path: string): Promise<HeaderSummary> {
  const { chatTemplate: _, ...summary } = await readGgufSummary(path);
  return summary;
}
