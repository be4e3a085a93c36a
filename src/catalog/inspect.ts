/**
 * Inspection of a model before it is pulled: its manifest, its config, and the header of its first file if the config
 * lacks it, even if that file is in an archive. It takes at most three requests, one more for an index, one more for an
 * archive whose only GGUF has the name of a companion, and one for each of several GGUFs that only their headers tell
 * apart.
 */
import * as z from 'zod';
import {
  adaptersOf,
  decideByHeaders,
  MAX_CONFIG_BYTES,
  type ModelArtifact,
  readArtifactInSlices,
  weightsOf,
} from '../artifact/index.ts';
import { isModelError, ModelError } from '../base/error.ts';
import { formatParameters } from '../base/format.ts';
import { parseSmallJson } from '../base/json.ts';
import { asLocalized, type Localized } from '../base/l10n.ts';
import { type Log, silentLog } from '../base/log.ts';
import {
  describeGguf,
  describePublishedMetadata,
  type EstimatedModel,
  type GgufDescription,
  kindOfGguf,
  quantizationIn,
} from '../gguf/index.ts';
import { MediaType, type Reference, type RegistryClient, type ResolvedManifest } from '../oci/index.ts';
import { lookIntoArchives } from './archivedModel.ts';
import { BlobSource } from './blobSource.ts';

/**
 * The extent to which a header is read if the config lacks it:
 *   shape     enough to estimate its memory: some kilobytes
 *   whole     also its chat template, license and exact parameters: megabytes, since the vocabulary precedes them
 */
export type InspectionExtent = 'shape' | 'whole';

/** An inspected model. Unknown members are undefined. */
export interface Inspection {
  /** The requested reference, with the digest of the manifest. */
  readonly reference: Reference;
  readonly manifestDigest: string;
  readonly artifact: ModelArtifact;
  /** Bytes of the files to run; 0 if unknown. Archives that were not opened count by their packed size. */
  readonly weightBytes: number;
  /** The header's description; undefined if it cannot be read before the pull. */
  readonly description?: GgufDescription;
  /** The origin of the description. */
  readonly source: 'config' | 'header' | 'none';
  /** A sentence that says why the header is not known. */
  readonly problem?: Localized;
  /** True if the problem is the header itself: judging by its beginning, the file is not a GGUF that can be run. */
  readonly isUnusable?: boolean;
  /** Such as `Q4_K_M`. */
  readonly quantization?: string;
  /** For people: `361.8M`. */
  readonly parameters?: string;
  /** Tokens that the model was trained with. */
  readonly contextTokens?: number;
  readonly license?: string;
}

/** Parts of an {@link Inspector}. */
export interface InspectorOptions {
  readonly registry: () => RegistryClient;
  readonly log?: Log | undefined;
}

/** Bytes that are requested of the first file. */
const WINDOW_BYTES: Readonly<Record<InspectionExtent, number>> = {
  shape: 64 * 1024,
  whole: 32 * 1024 * 1024,
};
/** Inspections that are cached. */
const MAX_KEPT = 500;

/** Requests for one model: manifest, config and header. */
const MAX_REQUESTS = 3;

const configSchema = z.object({ config: z.object({ gguf: z.record(z.string(), z.unknown()) }) });

/** Inspects models, each manifest once. */
export class Inspector {
  readonly #registry: () => RegistryClient;
  readonly #log: Log;
  /** Inspections by extent and manifest digest, the oldest first. */
  readonly #kept = new Map<string, Promise<Outcome>>();

  constructor({ registry, log = silentLog }: InspectorOptions) {
    this.#registry = registry;
    this.#log = log;
  }

  /**
   * Inspects the model that a reference names now.
   * @throws ModelError of {@link RegistryClient.resolve} and of `readArtifact`. An unreadable header is not an error,
   * but an {@link Inspection.problem}.
   */
  async inspect(
    reference: Reference,
    options: { readonly extent: InspectionExtent; readonly signal?: AbortSignal | undefined },
  ): Promise<Inspection> {
    const { extent, signal } = options;
    const resolved = await this.#registry().resolve(reference, { signal });
    const { digest } = resolved.descriptor;
    const known = this.#kept.get(`whole ${digest}`) ?? this.#kept.get(`${extent} ${digest}`);
    // Another caller's inspection may be cancelled while this one is not.
    const found = await known?.catch(() => undefined);
    if (found !== undefined) return { ...found.inspection, ...withTag(found.inspection, resolved.reference) };
    const inspecting = inspectManifest(this.#registry(), resolved, { extent, signal, log: this.#log });
    const key = `${extent} ${digest}`;
    this.#keep(key, inspecting);
    const { inspection, isLasting } = await inspecting.catch((error: unknown) => {
      this.#kept.delete(key);
      throw error;
    });
    // A config says as much as a complete header.
    if (!isLasting) this.#kept.delete(key);
    else if (inspection.source === 'config') this.#keep(`whole ${digest}`, inspecting);
    return inspection;
  }

  #keep(key: string, outcome: Promise<Outcome>): void {
    const [oldest] = this.#kept.keys();
    if (oldest !== undefined && this.#kept.size >= MAX_KEPT) this.#kept.delete(oldest);
    this.#kept.set(key, outcome);
  }
}

/** Returns the input for an estimate of memory, or undefined if the shape of the model is not known. */
export function estimatedModel({
  artifact,
  description,
  weightBytes,
}: Inspection): EstimatedModel | undefined {
  if (description?.blockCount === undefined || weightBytes === 0) return undefined;
  return {
    ...description,
    fileBytes: adaptersOf(artifact).reduce((bytes, { size }) => bytes + size, weightBytes),
  };
}

/** An inspection, and true if another one of the same manifest would be equal. */
interface Outcome {
  readonly inspection: Inspection;
  readonly isLasting: boolean;
}

interface ReadOptions {
  readonly extent: InspectionExtent;
  readonly signal: AbortSignal | undefined;
  readonly log: Log;
}

async function inspectManifest(
  registry: RegistryClient,
  resolved: ResolvedManifest,
  options: ReadOptions,
): Promise<Outcome> {
  const { manifest, reference, descriptor } = resolved;
  const config = await readConfig(registry, resolved, options.signal);
  const published = await decideByHeaders(
    (headers) => readArtifactInSlices(manifest, config, { registry: reference.registry, headers }),
    (digest) => readKind(registry, resolved, digest, options.signal),
  );
  const { isLasting = true, ...found } = await readDescription(
    registry,
    resolved,
    { artifact: published, config },
    options,
  );
  const { artifact = published, description } = found;
  const { metadata } = artifact;
  const parameters =
    metadata.parameters ??
    (description?.parameters === undefined ? undefined : formatParameters(description.parameters));
  const facts = {
    quantization: quantizationOf(artifact, description, reference),
    parameters,
    contextTokens: metadata.contextTokens ?? description?.contextTokens,
    license: metadata.license ?? description?.license,
  };
  const inspection = {
    reference,
    manifestDigest: descriptor.digest,
    artifact,
    weightBytes: weightsOf(artifact).reduce((bytes, { size }) => bytes + size, 0),
    ...found,
    ...withoutUndefined(facts),
  };
  return { inspection, isLasting };
}

/**
 * Returns the quantization. A publisher's `Q4_K_XL` says more than the file's `Q4_K_M`, and a tag is better than
 * nothing.
 */
function quantizationOf(
  { metadata: { quantization } }: ModelArtifact,
  description: GgufDescription | undefined,
  { tag }: Reference,
): string | undefined {
  const published = quantization === undefined ? undefined : (quantizationIn(quantization) ?? quantization);
  return published ?? description?.quantization ?? (tag === undefined ? undefined : quantizationIn(tag));
}

/** Applies the tag of another reference to the same model. */
function withTag(found: Inspection, reference: Reference): Partial<Inspection> {
  const quantization = quantizationOf(found.artifact, found.description, reference);
  return { reference, ...withoutUndefined({ quantization }) };
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;
}

/** Tells whether there is a config to download. */
function hasOwnConfig({ config }: ResolvedManifest['manifest']): boolean {
  return config !== undefined && config.size <= MAX_CONFIG_BYTES && config.mediaType !== MediaType.empty;
}

/** Downloads the config. Returns undefined for an artifact without one of its own, such as with the empty one. */
async function readConfig(
  registry: RegistryClient,
  { reference, manifest }: ResolvedManifest,
  signal: AbortSignal | undefined,
): Promise<Buffer | undefined> {
  const { config } = manifest;
  if (config?.mediaType === MediaType.empty) return Buffer.from('{}');
  if (config === undefined || !hasOwnConfig(manifest)) return undefined;
  return registry.readBlob(reference, config, { maxBytes: MAX_CONFIG_BYTES, signal });
}

/** Reads Docker's copy of a header in the config. */
function fromConfig(config: Buffer | undefined): GgufDescription | undefined {
  if (config === undefined) return undefined;
  const parsed = configSchema.safeParse(parseSmallJson(config));
  if (!parsed.success) return undefined; // the header is read then
  const texts = Object.entries(parsed.data.config.gguf).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return describePublishedMetadata(new Map(texts));
}

/** Findings beyond the manifest and the config. */
type Found = Pick<Inspection, 'description' | 'source' | 'problem' | 'isUnusable'> &
  Partial<Pick<Inspection, 'artifact' | 'weightBytes'> & Pick<Outcome, 'isLasting'>>;

async function readDescription(
  registry: RegistryClient,
  resolved: ResolvedManifest,
  { artifact, config }: { artifact: ModelArtifact; config: Buffer | undefined },
  options: ReadOptions,
): Promise<Found> {
  const description = fromConfig(config);
  if (description !== undefined) return { description, source: 'config' };
  try {
    return weightsOf(artifact).length > 0
      ? await readFirstFile(registry, resolved, artifact, options)
      : await readFromArchives(registry, resolved, artifact, options);
  } catch (error) {
    if (!(error instanceof ModelError) || error.code === 'cancelled') throw error;
    // A failure of the moment may be gone the next time.
    const isContent = isModelError(error, 'gguf-invalid') || isModelError(error, 'unsupported-artifact');
    return {
      source: 'none',
      problem: asLocalized(error.message), // of a ModelError, whose texts are localized
      isLasting: isContent && !error.retryable,
      ...(isModelError(error, 'gguf-invalid') ? { isUnusable: true } : {}),
    };
  }
}

async function readFirstFile(
  registry: RegistryClient,
  { reference, manifest }: ResolvedManifest,
  artifact: ModelArtifact,
  { extent, signal, log }: ReadOptions,
): Promise<Found> {
  const [first] = weightsOf(artifact);
  const descriptor = first === undefined ? undefined : manifest.layers[first.layer];
  if (artifact.format !== 'gguf' || descriptor === undefined) return { source: 'none' };
  const windowBytes = WINDOW_BYTES[extent];
  const source = new BlobSource({ registry, reference, descriptor, signal, windowBytes });
  try {
    return { description: await describeGguf(source, extent), source: 'header' };
  } finally {
    await source.close();
    const { requests, bytes } = source.cost;
    log.debug(`Read ${bytes} bytes of the header of ${descriptor.digest} with ${requests} requests.`);
  }
}

/** Reads the kind of one of several files, which takes one request. */
async function readKind(
  registry: RegistryClient,
  { reference, manifest }: ResolvedManifest,
  digest: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const descriptor = manifest.layers.find((layer) => layer.digest === digest);
  if (descriptor === undefined) return undefined;
  const source = new BlobSource({ registry, reference, descriptor, signal, windowBytes: WINDOW_BYTES.shape });
  try {
    return await kindOfGguf(source);
  } finally {
    await source.close();
  }
}

async function readFromArchives(
  registry: RegistryClient,
  { reference, manifest }: ResolvedManifest,
  artifact: ModelArtifact,
  options: ReadOptions,
): Promise<Found> {
  const maxRequests = hasOwnConfig(manifest) ? MAX_REQUESTS - 2 : MAX_REQUESTS - 1;
  const { layers } = manifest;
  const look = await lookIntoArchives(artifact, { registry, reference, layers, maxRequests, ...options });
  return { ...look, source: look.description === undefined ? 'none' : 'header' };
}
