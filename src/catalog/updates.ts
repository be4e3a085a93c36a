/** Newer versions of pulled models: the content that a tag names now, compared with what was pulled. */
import type { Descriptor, Reference, RegistryClient } from '../oci/index.ts';
import { digestOf, tryParseDigest } from '../oci/spec/digest.ts';

/** A pulled model whose tag is looked up. */
export interface PulledModel {
  /** Its tag is asked for; a digest in it is ignored. */
  readonly reference: Reference;
  /** Digest of the manifest that was pulled. */
  readonly manifestDigest: string;
}

/** The content of a tag, compared with what was pulled. */
export interface TagFinding {
  /** Digest that the registry names for the tag: of a manifest, or of an index of several. */
  readonly seen: string;
  /** Bytes that an update would download. Undefined if the pulled content is current. */
  readonly missingBytes: number | undefined;
  /** The content that an update would download, each once. Undefined if the pulled content is current. */
  readonly missing?: readonly Pick<Descriptor, 'digest' | 'size'>[];
}

/** Options of {@link lookUpTag}. */
export interface TagLookup {
  readonly registry: Pick<RegistryClient, 'describe' | 'resolve'>;
  /** Tells whether content is on this machine, so that an update need not download it. */
  readonly isHere: (content: Descriptor) => Promise<boolean>;
  /** A digest that the tag had when its content was the pulled one. */
  readonly current?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Looks up the content that a model's tag names now. A HEAD request is enough if nothing changed (distribution-spec,
 * “Checking if content exists in the registry”); otherwise the manifest is read as well, and nothing else.
 * @throws ModelError as {@link RegistryClient.resolve}; `not-found` if the tag is gone.
 */
export async function lookUpTag(model: PulledModel, options: TagLookup): Promise<TagFinding> {
  const { registry, isHere, current, signal } = options;
  const { digest: _, ...tagged } = model.reference;
  const { digest: seen } = await registry.describe(tagged, { signal });
  if (seen === model.manifestDigest || seen === current) return { seen, missingBytes: undefined };
  const { descriptor, manifest, bytes } = await registry.resolve(tagged, { signal });
  // The tag of an index whose other manifests changed, or which was not looked up before.
  const isPulled = descriptor.digest === model.manifestDigest || isOf(model.manifestDigest, bytes);
  if (isPulled) return { seen, missingBytes: undefined };
  const missing = await missingOf(
    [...(manifest.config === undefined ? [] : [manifest.config]), ...manifest.layers],
    isHere,
  );
  return { seen, missing, missingBytes: missing.reduce((bytes, { size }) => bytes + size, 0) };
}

/** Tells whether a digest is that of these bytes. A registry may name the same manifest by another algorithm. */
function isOf(digest: string, bytes: Buffer): boolean {
  const algorithm = tryParseDigest(digest)?.algorithm;
  return algorithm !== undefined && digestOf(bytes, algorithm) === digest;
}

/** Returns the content that is not here. Content that is named twice is returned once. */
async function missingOf(
  content: readonly Descriptor[],
  isHere: TagLookup['isHere'],
): Promise<Pick<Descriptor, 'digest' | 'size'>[]> {
  const missing: Pick<Descriptor, 'digest' | 'size'>[] = [];
  for (const item of new Map(content.map((one) => [one.digest, one])).values())
    if (!(await isHere(item))) missing.push({ digest: item.digest, size: item.size });
  return missing;
}
