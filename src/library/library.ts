/** Lists the models of a store together with the facts from their manifests and GGUF headers. */
import { stat } from 'node:fs/promises';
import { inBatches } from '../base/batches.ts';
import { ModelError, systemErrorCode } from '../base/error.ts';
import { formatParameters } from '../base/format.ts';
import { asLocalized, type Localized, t } from '../base/l10n.ts';
import { kindReason, missingPartsReason } from '../gguf/index.ts';
import { shortDigest } from '../oci/spec/digest.ts';
import { familiarReference, formatReference, type Reference } from '../oci/spec/reference.ts';
import type { ModelStore, StoredReference } from '../store/index.ts';
import {
  factsCacheOf,
  type HeaderSummary,
  type ModelFacts,
  noWeights,
  type PublishedFacts,
  readHeader,
  readPublished,
} from './facts.ts';

/** A model on this machine. Facts that neither its manifest nor its header has are absent. */
export interface LocalModel {
  /** The full reference: `docker.io/ai/smollm2:latest`. */
  readonly id: string;
  readonly reference: Reference;
  /** The short name without the tag: `smollm2`. */
  readonly name: string;
  /** The tag, or the beginning of the digest if the reference has no tag. */
  readonly tag: string;
  readonly manifestDigest: string;
  /** Bytes of all files. */
  readonly sizeBytes: number;
  /** Bytes of the files that are loaded: all weights and adapters. Absent if the manifest is unreadable. */
  readonly loadedBytes?: number;
  /** Absolute path of the model, or of its first shard. */
  readonly modelPath: string;
  /** Absolute paths of the LoRA adapters that come with it. */
  readonly adapterPaths?: readonly string[];
  /** Such as `Q4_K_M`. */
  readonly quantization?: string;
  /** For people: `361.82M`. */
  readonly parameters?: string;
  readonly architecture?: string;
  /** Context length that the model was trained with, in tokens. */
  readonly contextTokens?: number;
  /** True if it supports fill-in-the-middle. */
  readonly infill: boolean;
  /** The packaging it was published in; absent if the manifest is unreadable. */
  readonly family?: PublishedFacts['family'];
  /** Parameters with which its publisher wants it to be run; the file adds sampling parameters that are missing there. */
  readonly defaults?: PublishedFacts['defaults'];
  /** Milliseconds since 1970. */
  readonly pulledAt: number;
  /** Format of the weights; absent if the manifest is unreadable. */
  readonly format?: PublishedFacts['format'];
  /** The reason why a complete model does not run here: one sentence. */
  readonly reason?: string;
  /** The header of its GGUF; absent if the model is damaged or has another format. */
  readonly summary?: HeaderSummary;
  /** The flaw of a damaged model, and what to do about it. */
  readonly problem?: Localized;
}

/** Models that are read concurrently; each takes a few file operations. */
const BATCH = 32;

/**
 * Lists all models by id. A damaged one is included, with {@link LocalModel.problem}.
 * @throws ModelError `store-error` if the store itself cannot be read.
 */
export async function listModels(store: ModelStore): Promise<LocalModel[]> {
  const [references, blobs] = await Promise.all([store.references(), store.blobDigests()]);
  const models = await inBatches(references, BATCH, (stored) => describe(store, stored, blobs));
  await factsCacheOf(store).save(new Set(references.map(({ manifest }) => manifest.digest)));
  return models;
}

/** Finds the model of a reference. Returns undefined if it is not in the store. @throws ModelError `store-error`. */
export async function findModel(store: ModelStore, reference: Reference): Promise<LocalModel | undefined> {
  const stored = await store.getReference(reference);
  return stored === undefined ? undefined : describe(store, stored, await store.blobDigests());
}

/** @param blobs the digests of all content in the store. */
async function describe(
  store: ModelStore,
  stored: StoredReference,
  blobs: ReadonlySet<string>,
): Promise<LocalModel> {
  const identity = identify(store, stored);
  const facts = await factsCacheOf(store).get(stored.manifest.digest);
  let published = facts?.published;
  try {
    // Cached facts do not count while the manifest itself is missing.
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
      error instanceof ModelError
        ? asLocalized(error.message) // the message of a ModelError is localized
        : t('The model cannot be read: {0}', String(error));
    const known = published === undefined ? {} : publishedPart(store, stored, published);
    return { ...identity, ...known, problem };
  }
}

/** @param onPublished receives the facts from the manifest before the header is read, which may fail. */
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

/** Returns the facts that are known without the manifest. */
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

/** Returns the short reference without its tag and digest. */
function familiarName(reference: Reference): string {
  const suffix = formatReference(reference).length - `${reference.registry}/${reference.repository}`.length;
  const familiar = familiarReference(reference);
  return suffix === 0 ? familiar : familiar.slice(0, -suffix);
}

/** Returns the facts from the publisher. */
function publishedPart(store: ModelStore, stored: StoredReference, published: PublishedFacts) {
  const { family, totalBytes, weights, adapters = [], ...rest } = published;
  const modelPath = pathOf(store, stored, firstOf(published));
  const adapterPaths = adapters.map((file) => pathOf(store, stored, file));
  return {
    ...rest,
    family,
    sizeBytes: totalBytes,
    loadedBytes: [...weights, ...adapters].reduce((bytes, { size }) => bytes + size, 0),
    modelPath,
    ...(adapterPaths.length === 0 ? {} : { adapterPaths }),
  };
}

/** Returns the facts from the file, which take precedence because the file is what runs. */
function headerPart({ published, summary }: ModelFacts) {
  if (summary === undefined) return {};
  const { quantization, architecture, contextTokens, sampling } = summary;
  const reason = published.reason === undefined ? unusableReason(summary, published) : undefined;
  return {
    summary,
    infill: summary.infill,
    architecture,
    parameters: published.parameters ?? formatParameters(summary.parameters),
    ...(contextTokens === undefined ? {} : { contextTokens }),
    ...(reason === undefined ? {} : { reason }),
    // The publisher of a file knows more about it than the person who converted it.
    ...(sampling === undefined
      ? {}
      : { defaults: { ...published.defaults, sampling: { ...sampling, ...published.defaults?.sampling } } }),
    // A publisher's “Q4_K_XL” is more specific than the file's “Q4_K_M”.
    ...(quantization === undefined || published.quantization !== undefined ? {} : { quantization }),
  };
}

function unusableReason(
  { kind, splitCount }: HeaderSummary,
  { weights }: PublishedFacts,
): Localized | undefined {
  return kind === undefined ? missingPartsReason(splitCount, weights.length) : kindReason(kind);
}

type WeightsFile = PublishedFacts['weights'][number];

/** Returns the path under the name that the file got when it was pulled, which an older version may have chosen. */
function pathOf(store: ModelStore, stored: StoredReference, file: WeightsFile): string {
  const name = stored.files.find((candidate) => candidate.digest === file.digest)?.name;
  return store.modelFilePath(stored.reference, name ?? file.name);
}

function firstOf({ weights }: PublishedFacts): WeightsFile {
  const [first] = weights;
  if (first !== undefined) return first;
  throw noWeights();
}

/** Checks the files each time, because people tidy up folders by hand. */
async function requireFiles(
  store: ModelStore,
  stored: StoredReference,
  { weights, adapters = [] }: PublishedFacts,
): Promise<void> {
  for (const file of [...weights, ...adapters]) {
    const path = pathOf(store, stored, file);
    const bytes = await sizeOf(path);
    if (bytes === file.size) continue;
    const message =
      bytes === undefined
        ? t('{0} is missing. Pull the model again.', path)
        : t('{0} has {1} bytes instead of {2}. Pull the model again.', path, bytes, file.size);
    throw new ModelError('store-error', message);
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
