/**
 * Facts about a model, by its manifest's digest. Content never changes under its digest, so the facts are read once and
 * kept in a cache file in the store for the next window.
 */
import * as z from 'zod';
import {
  adaptersOf,
  decideByHeaders,
  defaultsSchema,
  MODEL_FAMILIES,
  MODEL_FORMATS,
  type ModelArtifact,
  type ModelDefaults,
  type ModelFile,
  readArtifactInSlices,
  readDefaults,
  weightsOf,
  withMembers,
} from '../artifact/index.ts';
import { ModelError } from '../base/error.ts';
import { t, translationsId } from '../base/l10n.ts';
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

const headerSchema = summarySchema.omit({ chatTemplate: true });

/** A GGUF's header without the chat template, its longest text, which the engine reads itself. */
export type HeaderSummary = Omit<GgufSummary, 'chatTemplate'>;

const factsSchema = z.object({
  manifestDigest: text,
  /** Digests of the manifest and its config, which a complete model must have. */
  small: z.array(text).max(2),
  published: z.object({
    family: z.enum(MODEL_FAMILIES),
    format: z.enum(MODEL_FORMATS),
    /** The reason why it does not run here: one sentence. */
    reason: text.exactOptional(),
    /** The translations that the reason is in; see `translationsId`. */
    language: text.exactOptional(),
    totalBytes: count,
    /** The files to run, in the order of the shards. */
    weights: z.array(fileSchema).min(1).max(10_000),
    /** LoRA adapters that the publisher wants to be applied. */
    adapters: z.array(fileSchema).max(64).exactOptional(),
    quantization: text.exactOptional(),
    parameters: text.exactOptional(),
    architecture: text.exactOptional(),
    contextTokens: count.exactOptional(),
    /** Parameters with which the publisher wants it to be run. */
    defaults: defaultsSchema.exactOptional(),
  }),
  /** The header of a GGUF; absent for other formats. */
  summary: headerSchema.exactOptional(),
});

/** The facts about a complete model. */
export type ModelFacts = z.infer<typeof factsSchema>;
/** The facts from its manifest and config. */
export type PublishedFacts = ModelFacts['published'];

/** The format of the cache file. The version is raised when the readers of manifests or headers find more than before. */
export const FACTS = { name: 'models', version: 9, schema: factsSchema } satisfies CacheKind<ModelFacts>;
/** The most facts that are kept; a store has far fewer models. */
const MAX_FACTS = 20_000;

/** Caches the facts about one store's models. */
export class FactsCache {
  readonly #file: CacheFile<ModelFacts>;
  readonly #facts = new Map<string, ModelFacts>();
  readonly #reading = new Map<string, Promise<ModelFacts>>();
  #loaded: Promise<void> | undefined;
  #unsaved = false;

  constructor(store: ModelStore) {
    this.#file = store.cache(FACTS);
  }

  /** Returns the facts, or undefined if the model has not been read yet. */
  async get(manifestDigest: string): Promise<ModelFacts | undefined> {
    this.#loaded ??= this.#load();
    await this.#loaded;
    return this.#facts.get(manifestDigest);
  }

  /** Calls `read` and keeps its result; concurrent callers share one call. A failure is not kept. */
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

  /** Writes the cache file. @param digests the manifests of all stored models; facts about others are dropped. */
  async save(digests: ReadonlySet<string>): Promise<void> {
    if (!this.#unsaved) return;
    this.#unsaved = false;
    for (const digest of this.#facts.keys()) if (!digests.has(digest)) this.#facts.delete(digest);
    await this.#file.write([...this.#facts.values()]);
  }

  async #load(): Promise<void> {
    const language = translationsId();
    for (const facts of await this.#file.read()) {
      // A reason in another language is read again; it is seldom there.
      if (facts.published.reason !== undefined && facts.published.language !== language) continue;
      this.#facts.set(facts.manifestDigest, facts);
    }
  }
}

const caches = new WeakMap<ModelStore, FactsCache>();

/** Returns the one cache of an open store. */
export function factsCacheOf(store: ModelStore): FactsCache {
  const cache = caches.get(store) ?? new FactsCache(store);
  caches.set(store, cache);
  return cache;
}

/**
 * Reads the manifest and the config of a stored model.
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
      t('The stored manifest is an index. Remove the model and pull it again.'),
    );
  }
  const { config } = manifest;
  const isSmall = config !== undefined && config.size <= MAX_MANIFEST_BYTES;
  const configBytes = isSmall ? await store.readBlob(config, MAX_MANIFEST_BYTES) : undefined;
  const { registry } = stored.reference;
  const kindOf = (digest: string): Promise<string | undefined> => kindOfFile(store.blobPath(digest));
  const packed = await decideByHeaders(
    (headers) => readArtifactInSlices(manifest, configBytes, { registry, headers }),
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
  if (weights.length === 0) throw noWeights();
  const adapters = adaptersOf(artifact);
  return {
    family,
    format,
    ...(reason === undefined ? {} : { reason, language: translationsId() }),
    totalBytes,
    weights: weights.map(fileFacts),
    ...(adapters.length === 0 ? {} : { adapters: adapters.slice(0, 64).map(fileFacts) }),
    ...(quantization === undefined ? {} : { quantization }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(architecture === undefined ? {} : { architecture }),
    ...(contextTokens === undefined ? {} : { contextTokens }),
    ...(defaults === undefined ? {} : { defaults }),
  };
}

/** Returns the error of a stored model without weights. */
export function noWeights(): ModelError {
  const message = t('The model has no weights. Remove it and pull another one.');
  return new ModelError('unsupported-artifact', message);
}

function fileFacts({ path, digest, size }: ModelFile): PublishedFacts['weights'][number] {
  return { name: path, digest, size };
}

/** Reads the header of a model's first file. @throws ModelError `gguf-invalid`, `store-error`. */
export async function readHeader(path: string): Promise<HeaderSummary> {
  const { chatTemplate: _, ...summary } = await readGgufSummary(path);
  return summary;
}
