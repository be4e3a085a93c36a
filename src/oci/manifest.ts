/**
 * Manifests and indexes: OCI image-spec manifest.md and image-index.md, and Docker's schema 2, which has the
 * same fields. The withdrawn artifact manifest (image-spec v1.1.0-rc2, artifact.md) has no config, and its layers
 * are called `blobs`. A body with both `layers` and `manifests` is refused (OCI CVE-2021-41190), and so is one whose
 * `mediaType` contradicts the Content-Type that it came with.
 */
import { z } from 'zod';
import { ModelError } from '../base/error.ts';
import { type Descriptor, descriptorSchema, MediaType } from './descriptor.ts';

/** The largest manifest that is read: what distribution-spec asks registries to accept. Bytes. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

const annotations = z.record(z.string(), z.string()).optional();

const manifestSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  artifactType: z.string().max(255).optional(),
  config: descriptorSchema.optional(),
  layers: z.array(descriptorSchema).max(10_000),
  subject: descriptorSchema.optional(),
  annotations,
});

const indexSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  artifactType: z.string().max(255).optional(),
  manifests: z.array(descriptorSchema).max(10_000),
  subject: descriptorSchema.optional(),
  annotations,
});

/** An image manifest: the config and the layers of one artifact. */
export interface ImageManifest {
  readonly kind: 'manifest';
  readonly mediaType: string;
  readonly artifactType: string | undefined;
  readonly config: Descriptor | undefined;
  readonly layers: readonly Descriptor[];
  /** The manifest that this one says something about, such as a signature. */
  readonly subject?: Descriptor | undefined;
  readonly annotations: Readonly<Record<string, string>>;
}

/** An image index: several manifests under one name. */
export interface ImageIndex {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly artifactType: string | undefined;
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor | undefined;
  readonly annotations: Readonly<Record<string, string>>;
}

function invalid(reason: string, cause?: unknown): ModelError {
  const message = `The registry's manifest cannot be used: ${reason}. Check that the reference names a model.`;
  return new ModelError('manifest-invalid', message, { cause });
}

function parseJsonObject(bytes: Uint8Array): Record<string, unknown> {
  if (bytes.length > MAX_MANIFEST_BYTES) throw invalid('it is larger than 4 MiB');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid('it is not JSON', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid('it is not a JSON object');
  }
  return value as Record<string, unknown>;
}

/** `Application/JSON; charset=utf-8` → `application/json`. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

const KNOWN: readonly string[] = [
  MediaType.imageManifest,
  MediaType.imageIndex,
  MediaType.dockerManifest,
  MediaType.dockerManifestList,
  MediaType.artifactManifest,
];

/**
 * Reads a manifest or an index.
 * @param bytes the body as it came; at most {@link MAX_MANIFEST_BYTES}.
 * @param contentType the Content-Type of the answer, where there is one; parameters are ignored.
 * @throws ModelError `manifest-invalid` with the reason.
 */
export function parseManifest(bytes: Uint8Array, contentType?: string): ImageManifest | ImageIndex {
  const json = parseJsonObject(bytes);
  if (json['schemaVersion'] === 1) throw invalid('it has the withdrawn Docker schema 1');
  if ('layers' in json && 'manifests' in json) throw invalid('it is both a manifest and an index');
  const outer = mediaTypeOf(contentType);
  const inner = json['mediaType'];
  if (typeof inner === 'string' && KNOWN.includes(outer) && inner !== outer) {
    throw invalid(`it says that it is ${inner.slice(0, 100)}, but came as ${outer}`);
  }
  const mediaType = typeof inner === 'string' ? inner : outer;
  if ('manifests' in json) {
    const parsed = indexSchema.safeParse(json);
    if (!parsed.success) throw invalid(firstIssue(parsed.error), parsed.error);
    const { manifests, artifactType } = parsed.data;
    return {
      kind: 'index',
      mediaType: mediaType || MediaType.imageIndex,
      artifactType,
      manifests,
      ...(parsed.data.subject === undefined ? {} : { subject: parsed.data.subject }),
      annotations: parsed.data.annotations ?? {},
    };
  }
  const { blobs, ...rest } = json;
  const isArtifact = mediaType === MediaType.artifactManifest && blobs !== undefined && !('layers' in json);
  if (!isArtifact && !('layers' in json)) throw invalid('it has no layers');
  const parsed = manifestSchema.safeParse(isArtifact ? { ...rest, schemaVersion: 2, layers: blobs } : json);
  if (!parsed.success) throw invalid(firstIssue(parsed.error), parsed.error);
  const { config, layers, artifactType } = parsed.data;
  return {
    kind: 'manifest',
    mediaType: mediaType || MediaType.imageManifest,
    artifactType,
    config,
    layers,
    ...(parsed.data.subject === undefined ? {} : { subject: parsed.data.subject }),
    annotations: parsed.data.annotations ?? {},
  };
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'its fields are not valid' : `${issue.path.join('.')}: ${issue.message}`;
}
