/** Content descriptors (OCI image-spec, descriptor.md) in a manifest or an index. */
import * as z from 'zod';
import { tryParseDigest } from './digest.ts';

/** Media types of supported manifests and indexes, and of the empty blob. */
export const MediaType = {
  imageManifest: 'application/vnd.oci.image.manifest.v1+json',
  imageIndex: 'application/vnd.oci.image.index.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  /** A type that was withdrawn before image-spec 1.1; some registries still have such manifests. */
  artifactManifest: 'application/vnd.oci.artifact.manifest.v1+json',
  empty: 'application/vnd.oci.empty.v1+json',
} as const;

/** The largest blob, in bytes: `size` must stay exact in a JavaScript number. */
export const MAX_BLOB_BYTES = 2 ** 50;

/** Characters of embedded content. More of it is ignored, so that the manifest stays small in memory. */
const MAX_DATA_CHARACTERS = 256 * 1024;

/** Limits of `urls`. More or longer ones are ignored. */
const MAX_URLS = 8;
const MAX_URL_CHARACTERS = 2048;

export const digestSchema = z.string().refine((text) => tryParseDigest(text) !== undefined, 'not a digest');

/** Makes a schema optional and nullable, since Go programs write null for a missing value. Both become undefined. */
export function nullable<Value>(schema: z.ZodType<Value>): z.ZodOptional<z.ZodType<Value | undefined>> {
  return schema
    .nullable()
    .transform((value) => value ?? undefined)
    .optional();
}

/** Entries of one map of annotations. Publishers write a few dozen. */
const MAX_ANNOTATIONS = 1000;

function isSmall(value: unknown): boolean {
  return typeof value !== 'object' || value === null || Object.keys(value).length <= MAX_ANNOTATIONS;
}

/** Drops null, which Go writes for an empty value. */
function withoutNull(values: Readonly<Record<string, string | null>>): Record<string, string> {
  const kept = Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== null);
  return Object.fromEntries(kept);
}

/** The size is checked first, since checking each entry of a large map takes long. */
export const annotationsSchema = nullable(
  z
    .unknown()
    .refine(isSmall, { error: `more than ${MAX_ANNOTATIONS} entries`, abort: true })
    .pipe(z.record(z.string(), z.string().nullable()).nullable())
    .transform((value) => (value === null ? undefined : withoutNull(value))),
);

export const descriptorSchema = z.object({
  mediaType: nullable(z.string().max(255)).transform((type) => type ?? ''),
  digest: digestSchema,
  /** Bytes. */
  size: z.int().min(0).max(MAX_BLOB_BYTES),
  annotations: annotationsSchema,
  artifactType: nullable(z.string().max(255)),
  // A platform without fields, such as `{}`, counts as none.
  platform: nullable(
    z.object({ architecture: z.string(), os: z.string(), variant: nullable(z.string()) }),
  ).catch(undefined),
  data: nullable(z.string().max(MAX_DATA_CHARACTERS)).catch(undefined),
  urls: nullable(z.array(z.string().max(MAX_URL_CHARACTERS)).max(MAX_URLS).readonly()).catch(undefined),
});

/** The type, the digest and the size of content. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly artifactType?: string | undefined;
  readonly platform?:
    | { readonly architecture: string; readonly os: string; readonly variant?: string | undefined }
    | undefined;
  /** The content itself in base64, if it is short enough for a manifest to embed it (descriptor.md, “data”). */
  readonly data?: string | undefined;
  /** Other places that may have the content (descriptor.md, “urls”). */
  readonly urls?: readonly string[] | undefined;
}
