/** The models of a store, with what their manifests and GGUF headers say of them. */
import { stat } from 'node:fs/promises';
import { inBatches } from '../base/batches.ts';
import { ModelError, systemErrorCode } from '../base/error.ts';
import { formatParameters } from '../base/format.ts';
import { kindReason } from '../gguf/index.ts';
import { shortDigest } from '../oci/spec/digest.ts';
import { familiarReference, formatReference, type Reference } from '../oci/spec/reference.ts';
import type { ModelStore, StoredReference } from '../store/index.ts';
import {
  factsCacheOf,
  type HeaderSummary,
  type ModelFacts,
  type PublishedFacts,
  readHeader,
  readPublished,
} from './facts.ts';

/** A model on this machine. What neither its manifest nor its header says is absent. */
export interface LocalModel {
  /** The whole reference: `docker.io/ai/smollm2:latest`. */
  readonly id: string;
  readonly reference: Reference;
  /** The short name without the tag: `smollm2`. */
  readonly name: string;
  /** The tag, or the beginning of the digest where the reference has no tag. */
  readonly tag: string;
  readonly manifestDigest: string;
  /** Of all files, bytes. */
  readonly sizeBytes: number;
  /** Absolute path of the model; of the first file where it is split into shards. */
  readonly modelPath: string;
  /** Such as `Q4_K_M`. */
  readonly quantization?: string;
  /** For people: `361.82M`. */
  readonly parameters?: string;
  readonly architecture?: string;
  /** Tokens that the model was trained with. */
  readonly contextTokens?: number;
  /** Whether it can fill in the middle. */
  readonly infill: boolean;
  /** The packaging it was published in; absent where the manifest is unreadable. */
  readonly family?: PublishedFacts['family'];
  /** How its publisher wants it to be run; of the sampling, what only its file says, too. */
  readonly defaults?: PublishedFacts['defaults'];
  /** Milliseconds since 1970. */
  readonly pulledAt: number;
  /** Of the weights; absent where the manifest is unreadable. */
  readonly format?: PublishedFacts['format'];
  /** Why a model that is whole does not run here: one sentence. */
  readonly reason?: string;
  /** The header of its GGUF; absent where the model is damaged, or of another format. */
  readonly summary?: HeaderSummary;
  /** What is wrong with a damaged model, and what to do. */
  readonly problem?: string;
}

/** Models that are looked at together: each takes a few file operations. */
const BATCH = 32;

/**
 * All models, by id. A damaged one is there too, with {@link LocalModel.problem}.
 * @throws ModelError `store-error` where the store itself cannot be read.
 */
export async function listModels(store: ModelStore): Promise<LocalModel[]> {
  const [references, blobs] = await Promise.all([store.references(), store.blobDigests()]);
  const models = await inBatches(references, BATCH, (stored) => describe(store, stored, blobs));
  await factsCacheOf(store).save(new Set(references.map(({ manifest }) => manifest.digest)));
  return models;
}

/** The model of a reference; undefined where it is not in the store. @throws ModelError `store-error`. */
export async function findModel(store: ModelStore, reference: Reference): Promise<LocalModel | undefined> {
  const stored = await store.getReference(reference);
  return stored === undefined ? undefined : describe(store, stored, await store.blobDigests());
}

/** @param blobs the digests of all content that is there. */
async function describe(
  store: ModelStore,
  stored: StoredReference,
  blobs: ReadonlySet<string>,
): Promise<LocalModel> {
  const identity = identify(store, stored);
  const facts = await factsCacheOf(store).get(stored.manifest.digest);
  let published = facts?.published;
  try {
    // What is known of a manifest does not count while it is not there itself.
    const isKnown = facts?.small.every((digest) => blobs.has(digest)) ?? false;
    const whole =
      facts !== undefined && isKnown
        ? facts
        : await readFacts(store, stored, (found) => {
            published = found;
          });
    await requireFiles(store, stored, whole.published);
    return { ...identity, ...publishedPart(store, stored, whole.published), ...headerPart(whole) };
  } catch (error) {
    const problem =
      error instanceof ModelError ? error.message : `The model cannot be read: ${String(error)}`;
    const known = published === undefined ? {} : publishedPart(store, stored, published);
    return { ...identity, ...known, problem };
  }
}

/** @param onPublished is told what the manifest says, before the header is read, which may fail. */
async function readFacts(
  store: ModelStore,
  stored: StoredReference,
  onPublished: (published: PublishedFacts) => void,
): Promise<ModelFacts> {
  const manifestDigest = stored.manifest.digest;
  const { small, published } = await readPublished(store, stored);
  onPublished(published);
  await requireFiles(store, stored, published);
  return factsCacheOf(store).read(manifestDigest, async () => {
    if (published.format !== 'gguf') return { manifestDigest, small, published };
    const summary = await readHeader(pathOf(store, stored, firstOf(published)));
    return { manifestDigest, small, published, summary };
  });
}

/** What is known without the manifest. */
function identify(store: ModelStore, stored: StoredReference) {
  const { reference, manifest, files, pulledAt } = stored;
  const gguf = files.find((file) => file.name.toLowerCase().endsWith('.gguf')) ?? files[0];
  return {
    id: formatReference(reference),
    reference,
    name: familiarName(reference),
    tag: reference.tag ?? shortDigest(reference.digest ?? manifest.digest),
    manifestDigest: manifest.digest,
    sizeBytes: manifest.size,
    modelPath:
      gguf === undefined ? store.blobPath(manifest.digest) : store.modelFilePath(reference, gguf.name),
    infill: false,
    pulledAt,
  };
}

/** The short reference without its tag and digest. */
function familiarName(reference: Reference): string {
  const suffix = formatReference(reference).length - `${reference.registry}/${reference.repository}`.length;
  const familiar = familiarReference(reference);
  return suffix === 0 ? familiar : familiar.slice(0, -suffix);
}

/** What the publisher says. */
function publishedPart(store: ModelStore, stored: StoredReference, published: PublishedFacts) {
  const { family, totalBytes, weights: _, ...rest } = published;
  const modelPath = pathOf(store, stored, firstOf(published));
  return { ...rest, family, sizeBytes: totalBytes, modelPath };
}

/** What the file says, which counts more: it is what runs. */
function headerPart({ published, summary }: ModelFacts) {
  if (summary === undefined) return {};
  const { quantization, architecture, contextTokens, sampling, kind } = summary;
  return {
    summary,
    infill: summary.infill,
    architecture,
    parameters: published.parameters ?? formatParameters(summary.parameters),
    ...(contextTokens === undefined ? {} : { contextTokens }),
    ...(kind === undefined || published.reason !== undefined ? {} : { reason: kindReason(kind) }),
    // Whoever publishes a file knows more of it than whoever converted it.
    ...(sampling === undefined
      ? {}
      : { defaults: { ...published.defaults, sampling: { ...sampling, ...published.defaults?.sampling } } }),
    // “Q4_K_XL” of a publisher says more than the file's “Q4_K_M”.
    ...(quantization === undefined || published.quantization !== undefined ? {} : { quantization }),
  };
}

type WeightsFile = PublishedFacts['weights'][number];

/** Under the name that the file got when it was pulled, which an older version may have chosen otherwise. */
function pathOf(store: ModelStore, stored: StoredReference, file: WeightsFile): string {
  const name = stored.files.find((candidate) => candidate.digest === file.digest)?.name;
  return store.modelFilePath(stored.reference, name ?? file.name);
}

function firstOf({ weights }: PublishedFacts): WeightsFile {
  const [first] = weights;
  if (first !== undefined) return first;
  throw new ModelError('unsupported-artifact', 'The model has no weights. Remove it and pull another one.');
}

/** Looks at every time whether the files are there: people tidy up folders by hand. */
async function requireFiles(
  store: ModelStore,
  stored: StoredReference,
  { weights }: PublishedFacts,
): Promise<void> {
  for (const file of weights) {
    const path = pathOf(store, stored, file);
    const bytes = await sizeOf(path);
    if (bytes === file.size) continue;
    const state = bytes === undefined ? 'is missing' : `has ${bytes} bytes in place of ${file.size}`;
    throw new ModelError('store-error', `${path} ${state}. Pull the model again.`);
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
