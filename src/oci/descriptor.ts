/** Content descriptors (OCI image-spec, descriptor.md) as they stand in a manifest or an index. */
import { z } from 'zod';
import { tryParseDigest } from './digest.ts';

/** Media types of manifests and indexes that are read, and of the empty blob. */
export const MediaType = {
  imageManifest: 'application/vnd.oci.image.manifest.v1+json',
  imageIndex: 'application/vnd.oci.image.index.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  /** Withdrawn before image-spec 1.1; some registries still have such manifests. */
  artifactManifest: 'application/vnd.oci.artifact.manifest.v1+json',
  empty: 'application/vnd.oci.empty.v1+json',
} as const;

/** Refused above this: `size` must stay exact in a JavaScript number. Bytes. */
export const MAX_BLOB_BYTES = 2 ** 50;

export const digestSchema = z.string().refine((text) => tryParseDigest(text) !== undefined, 'not a digest');

export const descriptorSchema = z.object({
  mediaType: z.string().max(255).default(''),
  digest: digestSchema,
  /** Bytes. */
  size: z.int().min(0).max(MAX_BLOB_BYTES),
  annotations: z.record(z.string(), z.string()).optional(),
  artifactType: z.string().max(255).optional(),
  platform: z.object({ architecture: z.string(), os: z.string(), variant: z.string().optional() }).optional(),
});

/** What content is, its digest and its size in bytes. */
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
}
