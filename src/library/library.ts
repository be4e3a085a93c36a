/** The models of a store, with what their manifests and GGUF headers say of them. */
import { stat } from 'node:fs/promises';
import { type ModelArtifact, type ModelFile, readArtifact } from '../artifact/index.ts';
import { ModelError, systemErrorCode } from '../base/error.ts';
import { formatParameters } from '../base/format.ts';
import { type GgufSummary, readGgufSummary } from '../gguf/index.ts';
import { shortDigest } from '../oci/digest.ts';
import { MAX_MANIFEST_BYTES, parseManifest } from '../oci/manifest.ts';
import { familiarReference, formatReference, type Reference } from '../oci/reference.ts';
import type { ModelStore, StoredReference } from '../store/index.ts';

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
  /** Absolute path of the GGUF; of the first one where a model is split into shards. */
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
  readonly family?: ModelArtifact['family'];
  /** Milliseconds since 1970. */
  readonly pulledAt: number;
  /** The header of its GGUF; absent where the model is damaged. */
  readonly summary?: GgufSummary;
  /** What is wrong with a damaged model, and what to do. */
  readonly problem?: string;
}

/**
 * All models, by id. A damaged one is there too, with {@link LocalModel.problem}.
 * @throws ModelError `store-error` where the store itself cannot be read.
 */
export async function listModels(store: ModelStore): Promise<LocalModel[]> {
  const references = await store.references();
  return Promise.all(references.map((stored) => describe(store, stored)));
}

/** The model of a reference; undefined where it is not in the store. @throws ModelError `store-error`. */
export async function findModel(store: ModelStore, reference: Reference): Promise<LocalModel | undefined> {
  const stored = await store.getReference(reference);
  return stored === undefined ? undefined : describe(store, stored);
}

async function describe(store: ModelStore, stored: StoredReference): Promise<LocalModel> {
  const identity = identify(store, stored);
  let artifact: ModelArtifact | undefined;
  try {
    artifact = await readStoredArtifact(store, stored);
    const summary = await readSummary(store, stored, artifact);
    return { ...identity, ...published(store, stored, artifact), ...read(artifact, summary) };
  } catch (error) {
    const problem =
      error instanceof ModelError ? error.message : `The model cannot be read: ${String(error)}`;
    const known = artifact === undefined ? {} : published(store, stored, artifact);
    return { ...identity, ...known, problem };
  }
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

async function readStoredArtifact(store: ModelStore, stored: StoredReference): Promise<ModelArtifact> {
  const bytes = await store.readBlob(stored.manifest, MAX_MANIFEST_BYTES);
  const manifest = parseManifest(bytes, stored.manifest.mediaType);
  if (manifest.kind !== 'manifest') {
    throw new ModelError(
      'manifest-invalid',
      'The stored manifest is an index. Remove the model and pull it again.',
    );
  }
  const { config } = manifest;
  const small = config !== undefined && config.size <= MAX_MANIFEST_BYTES;
  return readArtifact(manifest, small ? await store.readBlob(config, MAX_MANIFEST_BYTES) : undefined);
}

/** What the publisher says. */
function published(store: ModelStore, stored: StoredReference, artifact: ModelArtifact) {
  const { quantization, parameters, architecture, contextTokens } = artifact;
  return {
    family: artifact.family,
    sizeBytes: artifact.totalBytes,
    modelPath: pathOf(store, stored, firstOf(artifact)),
    ...(quantization === undefined ? {} : { quantization }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(architecture === undefined ? {} : { architecture }),
    ...(contextTokens === undefined ? {} : { contextTokens }),
  };
}

/** What the file says, which counts more: it is what runs. */
function read(artifact: ModelArtifact, summary: GgufSummary) {
  const { quantization, architecture, contextTokens } = summary;
  return {
    summary,
    infill: summary.infill,
    architecture,
    parameters: artifact.parameters ?? formatParameters(summary.parameters),
    ...(contextTokens === undefined ? {} : { contextTokens }),
    // “Q4_K_XL” of a publisher says more than the file's “Q4_K_M”.
    ...(quantization === undefined || artifact.quantization !== undefined ? {} : { quantization }),
  };
}

/** Under the name that the file got when it was pulled, which an older version may have chosen otherwise. */
function pathOf(store: ModelStore, stored: StoredReference, file: ModelFile): string {
  const name = stored.files.find((candidate) => candidate.digest === file.descriptor.digest)?.name;
  return store.modelFilePath(stored.reference, name ?? file.name);
}

function firstOf(artifact: ModelArtifact): ModelFile {
  const [first] = artifact.weights;
  if (first !== undefined) return first;
  throw new ModelError('unsupported-artifact', 'The model has no weights. Remove it and pull another one.');
}

/** Summaries by the digests of the weights: content never changes under its digest. */
const summaries = new WeakMap<ModelStore, Map<string, Promise<GgufSummary>>>();
const MAX_SUMMARIES = 500;

async function readSummary(
  store: ModelStore,
  stored: StoredReference,
  artifact: ModelArtifact,
): Promise<GgufSummary> {
  await requireFiles(store, stored, artifact);
  const known = summaries.get(store) ?? new Map<string, Promise<GgufSummary>>();
  summaries.set(store, known);
  const key = artifact.weights.map((file) => file.descriptor.digest).join(' ');
  const before = known.get(key);
  if (before !== undefined) return before;
  if (known.size >= MAX_SUMMARIES) known.clear();
  const reading = readGgufSummary(pathOf(store, stored, firstOf(artifact)));
  known.set(key, reading);
  try {
    return await reading;
  } catch (error) {
    known.delete(key); // a repaired file is read again
    throw error;
  }
}

/** Looks at every time whether the files are there: people tidy up folders by hand. */
async function requireFiles(
  store: ModelStore,
  stored: StoredReference,
  artifact: ModelArtifact,
): Promise<void> {
  for (const file of artifact.weights) {
    const path = pathOf(store, stored, file);
    const bytes = await sizeOf(path);
    if (bytes === file.descriptor.size) continue;
    const state =
      bytes === undefined ? 'is missing' : `has ${bytes} bytes in place of ${file.descriptor.size}`;
    throw new ModelError('store-error', `${path} ${state}. Remove the model and pull it again.`);
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
