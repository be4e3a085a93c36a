/**
 * Builds a manifest for GGUF files that have none, after Docker's model-spec v0.1 (docker/model-spec, spec.md and
 * config.md), from nothing but the files' header. The same files always give the same manifest, so that a repeated
 * import is recognized.
 */
import { formatBytes, formatParameters } from '../base/format.ts';
import type { GgufSummary } from '../gguf/index.ts';
import { type Descriptor, digestOf, MediaType } from '../oci/index.ts';
import type { ImageManifest } from '../oci/spec/manifest.ts';

/** The media type of a layer that is one GGUF file. */
export const GGUF_LAYER = 'application/vnd.docker.ai.gguf.v3';
const CONFIG = 'application/vnd.docker.ai.model.config.v0.1+json';

/** A manifest with its config, as bytes. */
export interface BuiltManifest {
  readonly manifest: Descriptor;
  readonly manifestBytes: Uint8Array;
  /** The manifest as it is read. */
  readonly content: ImageManifest;
  readonly config: Descriptor;
  readonly configBytes: Uint8Array;
}

/** @param files in the order of the parts, under the names that they keep. */
export function buildManifest(
  files: readonly { readonly name: string; readonly descriptor: Descriptor }[],
  summary: GgufSummary,
): BuiltManifest {
  const { architecture, quantization, contextTokens } = summary;
  const configBytes = toBytes({
    config: {
      format: 'gguf',
      quantization,
      parameters: formatParameters(summary.parameters),
      architecture,
      size: formatBytes(summary.fileBytes).replace(' ', ''),
      gguf: {
        'general.architecture': architecture,
        'general.name': summary.name,
        [`${architecture}.context_length`]: contextTokens === undefined ? undefined : String(contextTokens),
      },
    },
    rootfs: { type: 'rootfs', diff_ids: files.map(({ descriptor }) => descriptor.digest) },
  });
  const config = { mediaType: CONFIG, digest: digestOf(configBytes), size: configBytes.length };
  const layers = files.map(({ name, descriptor: { digest, size } }) => ({
    mediaType: GGUF_LAYER,
    digest,
    size,
    annotations: { 'org.cncf.model.filepath': name, 'org.opencontainers.image.title': name },
  }));
  const mediaType = MediaType.imageManifest;
  const manifestBytes = toBytes({ schemaVersion: 2, mediaType, config, layers });
  const manifest = { mediaType, digest: digestOf(manifestBytes), size: manifestBytes.length };
  const content = {
    kind: 'manifest',
    mediaType,
    artifactType: undefined,
    config,
    layers,
    annotations: {},
  } as const;
  return { manifest, manifestBytes, content, config, configBytes };
}

/** Omits keys without a value. */
function toBytes(value: object): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
