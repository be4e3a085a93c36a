/**
 * Manifests and indexes: OCI image-spec manifest.md and image-index.md, and Docker's schema 2, which has the same
 * fields. The withdrawn artifact manifest (image-spec v1.1.0-rc2, artifact.md) has no config and calls its layers
 * `blobs`.
 *
 * A body with both `layers` and `manifests` is refused (OCI CVE-2021-41190). So is one whose `mediaType`, Content-Type
 * and fields do not agree on manifest or index. Docker's types and OCI's have one form, and proxies such as
 * Artifactory and Nexus send one under the name of the other: the distribution specification says that clients SHOULD
 * refuse that, but containerd, skopeo and oras accept it, as this does.
 */
import * as z from 'zod';
import { ModelError } from '../../base/error.ts';
import { isWithinLimits, type JsonLimits } from '../../base/json.ts';
import { asLocalized, type Localized, t } from '../../base/l10n.ts';
import { isolated, singleLine } from '../../base/text.ts';
import { annotationsSchema, type Descriptor, descriptorSchema, MediaType, nullable } from './descriptor.ts';
import { readReason } from './reason.ts';

/** The largest manifest that is read, in bytes: the size that distribution-spec asks registries to accept. */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/**
 * Values that a manifest may have. A layer with its annotations has about eight. More of them in 4 MiB would take a
 * hundred times as much memory as bytes, and seconds to check.
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
  /** The manifest that this one describes, for example as its signature. */
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

/**
 * The reasons why a body is not a manifest, as the end of a sentence. A thread that finds one sends its name and
 * values, since it has no translations.
 */
const REASONS = {
  tooLarge: () => t('it is larger than 4 MiB'),
  tooMany: () => t('it has too many layers or parts, or is nested too deeply'),
  tooSlow: () => t('it takes too long to read'),
  empty: () => t('it is empty'),
  notJson: () => t('it is not JSON'),
  notObject: () => t('it is not a JSON object'),
  schema1: () => t('it uses Docker’s withdrawn schema 1'),
  both: () => t('it is both a manifest and an index'),
  otherType: (inner: string, outer: string) => t('it is labeled {0}, but was sent as {1}', inner, outer),
  otherFields: (said: string, actual: string) =>
    t('it is labeled {0}, but has the fields of {1}', formName(said), formName(actual)),
  error: (words: string) => t('it is an error ({0})', words),
  noLayers: () => t('it has no layers'),
  // Names of fields and the validator's words.
  field: (path: string, issue: string) => asLocalized(`${path}: ${issue}`),
  fields: () => t('its fields are not valid'),
} as const satisfies Record<string, (first: string, second: string) => Localized>;

/** A name of {@link REASONS} and its values. */
export interface ManifestProblem {
  readonly reason: keyof typeof REASONS;
  readonly values: readonly string[];
}

/** The error of a body that is not a usable manifest. */
export class ManifestError extends ModelError {
  readonly problem: ManifestProblem;
  /** The end of a sentence. */
  readonly reason: Localized;

  constructor(problem: ManifestProblem, cause?: unknown) {
    const explain: (...values: string[]) => Localized = REASONS[problem.reason];
    const reason = explain(...problem.values);
    const message = t('The manifest cannot be used: {0}. Check that the reference names a model.', reason);
    super('manifest-invalid', message, { cause });
    this.problem = problem;
    this.reason = reason;
  }
}

function invalid(
  reason: ManifestProblem['reason'],
  values: readonly string[] = [],
  cause?: unknown,
): ManifestError {
  return new ManifestError({ reason, values }, cause);
}

function parseJsonObject(bytes: Uint8Array): Record<string, unknown> {
  if (bytes.length > MAX_MANIFEST_BYTES) throw invalid('tooLarge');
  if (bytes.length === 0) throw invalid('empty');
  if (!isWithinLimits(bytes, LIMITS)) throw invalid('tooMany');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid('notJson', [], cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid('notObject');
  }
  // Go writes null for an empty value.
  const fields = Object.entries(value).filter(([, field]) => field !== null);
  return Object.fromEntries(fields);
}

/** `Application/JSON; charset=utf-8` → `application/json`. */
export function mediaTypeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

type Form = 'manifest' | 'index' | 'artifact';

function formName(form: string): Localized {
  if (form === 'index') return t('an index');
  return form === 'artifact' ? t('an artifact manifest') : t('a manifest');
}

const FORMS: Readonly<Record<string, Form>> = {
  [MediaType.imageManifest]: 'manifest',
  [MediaType.dockerManifest]: 'manifest',
  [MediaType.imageIndex]: 'index',
  [MediaType.dockerManifestList]: 'index',
  [MediaType.artifactManifest]: 'artifact',
};

/** Returns the form of a media type, or undefined if it is not one of manifests. */
function formOf(mediaType: string): Form | undefined {
  return Object.hasOwn(FORMS, mediaType) ? FORMS[mediaType] : undefined;
}

/** Returns the form that the fields suggest. */
function formOfFields(json: Readonly<Record<string, unknown>>): Form | undefined {
  if ('manifests' in json) return 'index';
  if ('layers' in json) return 'manifest';
  return 'blobs' in json ? 'artifact' : undefined;
}

/** @throws ManifestError if the types and the fields of a manifest contradict each other. */
function requireOneForm(json: Readonly<Record<string, unknown>>, outer: string): void {
  const inner = typeof json['mediaType'] === 'string' ? json['mediaType'] : undefined;
  const stated = formOf(inner ?? '');
  const came = formOf(outer);
  if (inner !== undefined && came !== undefined && stated !== came)
    throw invalid('otherType', [singleLine(inner, 100), outer]);
  const actual = formOfFields(json);
  const said = stated ?? came;
  if (said !== undefined && actual !== undefined && said !== actual)
    throw invalid('otherFields', [said, actual]);
}

/**
 * Reads a manifest or an index.
 * @param bytes the body as it came; at most {@link MAX_MANIFEST_BYTES}.
 * @param contentType the Content-Type of the answer, if it has one; parameters are ignored.
 * @throws ManifestError.
 */
export function parseManifest(bytes: Uint8Array, contentType?: string): ImageManifest | ImageIndex {
  const json = parseJsonObject(bytes);
  if (json['schemaVersion'] === 1) throw invalid('schema1');
  if ('layers' in json && 'manifests' in json) throw invalid('both');
  const outer = mediaTypeOf(contentType);
  const inner = json['mediaType'];
  requireOneForm(json, outer);
  const mediaType = typeof inner === 'string' ? inner : outer;
  if ('manifests' in json) {
    const parsed = indexSchema.safeParse(json);
    if (!parsed.success) throw invalidFields(parsed.error);
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
  if (!isArtifact && !('layers' in json)) throw withoutLayers(json);
  const parsed = manifestSchema.safeParse(isArtifact ? { ...rest, schemaVersion: 2, layers: blobs } : json);
  if (!parsed.success) throw invalidFields(parsed.error);
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

/** Registries and proxies also send errors in place of a manifest. */
function withoutLayers(json: Readonly<Record<string, unknown>>): ManifestError {
  const { text } = readReason(Buffer.from(JSON.stringify(json).slice(0, 4096)));
  return 'errors' in json && text !== '' ? invalid('error', [isolated(text)]) : invalid('noLayers');
}

function invalidFields(error: z.ZodError): ManifestError {
  const issue = error.issues[0];
  return issue === undefined
    ? invalid('fields', [], error)
    : invalid('field', [issue.path.join('.'), issue.message], error);
}
