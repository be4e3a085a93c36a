/**
 * Manifests and indexes: OCI image-spec manifest.md and image-index.md, and Docker's schema 2, which has the
 * same fields. The withdrawn artifact manifest (image-spec v1.1.0-rc2, artifact.md) has no config, and its layers
 * are called `blobs`. A body with both `layers` and `manifests` is refused (OCI CVE-2021-41190), and so is one whose
 * `mediaType`, its Content-Type and its fields do not all say the same of it: a manifest or an index. Docker's types and
 * OCI's are of one form, and proxies such as Artifactory and Nexus send one under the name of the other. The
 * distribution specification would have clients refuse that (“SHOULD”); containerd, skopeo and oras take it.
 */
import { z } from 'zod';
import { ModelError } from '../../base/error.ts';
import { isWithinLimits, type JsonLimits } from '../../base/json.ts';
import { singleLine } from '../../base/text.ts';
import { annotationsSchema, type Descriptor, descriptorSchema, MediaType, nullable } from './descriptor.ts';
import { readReason } from './reason.ts';

/** The largest manifest that is read: what distribution-spec asks registries to accept. Bytes. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/**
 * Values that a manifest may have, of which each layer with its annotations has about eight. More of them in 4 MiB take
 * a hundred times as much memory as bytes, and seconds to check.
 */
const LIMITS: JsonLimits = { depth: 64, members: 120_000 };

const manifestSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: nullable(z.string()),
  artifactType: nullable(z.string().max(255)),
  config: nullable(descriptorSchema),
  layers: z.array(descriptorSchema).max(10_000),
  subject: nullable(descriptorSchema),
  annotations: annotationsSchema,
});

const indexSchema = z.object({
  schemaVersion: z.literal(2),
  mediaType: nullable(z.string()),
  artifactType: nullable(z.string().max(255)),
  manifests: z.array(descriptorSchema).max(10_000),
  subject: nullable(descriptorSchema),
  annotations: annotationsSchema,
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
  if (bytes.length === 0) throw invalid('it is empty');
  if (!isWithinLimits(bytes, LIMITS))
    throw invalid('it has too many layers or parts, or is nested too deeply');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid('it is not JSON', cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid('it is not a JSON object');
  }
  // Go writes null for what is empty.
  const fields = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(fields);
}

/** `Application/JSON; charset=utf-8` → `application/json`. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

type Form = 'a manifest' | 'an index' | 'an artifact manifest';

const FORMS: Readonly<Record<string, Form>> = {
  [MediaType.imageManifest]: 'a manifest',
  [MediaType.dockerManifest]: 'a manifest',
  [MediaType.imageIndex]: 'an index',
  [MediaType.dockerManifestList]: 'an index',
  [MediaType.artifactManifest]: 'an artifact manifest',
};

/** The form that a media type stands for; undefined if it is none of manifests. */
function formOf(mediaType: string): Form | undefined {
  return Object.hasOwn(FORMS, mediaType) ? FORMS[mediaType] : undefined;
}

/** The form that the fields are those of. */
function formOfFields(json: Readonly<Record<string, unknown>>): Form | undefined {
  if ('manifests' in json) return 'an index';
  if ('layers' in json) return 'a manifest';
  return 'blobs' in json ? 'an artifact manifest' : undefined;
}

/** @throws ModelError if the types and the fields of a manifest contradict each other. */
function requireOneForm(json: Readonly<Record<string, unknown>>, outer: string): void {
  const inner = typeof json['mediaType'] === 'string' ? json['mediaType'] : undefined;
  const stated = formOf(inner ?? '');
  const came = formOf(outer);
  if (inner !== undefined && came !== undefined && stated !== came)
    throw invalid(`it says that it is ${singleLine(inner, 100)}, but came as ${outer}`);
  const actual = formOfFields(json);
  const said = stated ?? came;
  if (said !== undefined && actual !== undefined && said !== actual)
    throw invalid(`it says that it is ${said}, but has the fields of ${actual}`);
}

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
  requireOneForm(json, outer);
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
  if (!isArtifact && !('layers' in json)) throw invalid(noLayers(json));
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

/** Objects that registries and proxies send in the place of a manifest. */
function noLayers(json: Readonly<Record<string, unknown>>): string {
  const { text } = readReason(Buffer.from(JSON.stringify(json).slice(0, 4096)));
  return 'errors' in json && text !== '' ? `it is an error in its place (${text})` : 'it has no layers';
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'its fields are not valid' : `${issue.path.join('.')}: ${issue.message}`;
}
