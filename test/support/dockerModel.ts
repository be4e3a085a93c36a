/** Builds a model artifact as Docker's model-spec v0.1 has it, from a GGUF on disk. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Descriptor, MediaType } from '../../src/oci/spec/descriptor.ts';
import { digestOf } from '../../src/oci/spec/digest.ts';
import { fileDigest } from './fileDigest.ts';

/** An artifact that is ready to be pushed or stored. */
export interface BuiltModel {
  readonly manifest: Buffer;
  readonly manifestDescriptor: Descriptor;
  readonly config: Buffer;
  readonly configDescriptor: Descriptor;
  readonly layers: readonly { readonly descriptor: Descriptor; readonly path: string }[];
}

/** What the config says of the model. */
export interface ModelDetails {
  readonly quantization?: string;
  readonly parameters?: string;
  readonly architecture?: string;
  /** Media type of the layer, where a test wants another one. */
  readonly layerMediaType?: string;
  /** Names of those files that are LoRA adapters. */
  readonly adapters?: readonly string[];
}

/** The manifest, config and layer descriptors of a model with one GGUF layer for each path. */
export async function buildDockerModel(
  ggufPaths: readonly string[],
  details: ModelDetails = {},
): Promise<BuiltModel> {
  const layers = await Promise.all(
    ggufPaths.map(async (path) => ({
      path,
      descriptor: {
        mediaType: details.adapters?.includes(basename(path))
          ? 'application/vnd.docker.ai.gguf.v3.lora'
          : (details.layerMediaType ?? 'application/vnd.docker.ai.gguf.v3'),
        digest: await fileDigest(path),
        size: (await stat(path)).size,
        annotations: { 'org.cncf.model.filepath': basename(path) },
      },
    })),
  );
  const config = Buffer.from(
    JSON.stringify({
      config: {
        format: 'gguf',
        quantization: details.quantization ?? 'Q8_0',
        parameters: details.parameters ?? '3.74 M',
        architecture: details.architecture ?? 'llama',
        size: '3.85 MiB',
      },
      descriptor: { created: '2026-11-01T00:00:00Z' },
      rootfs: { type: 'rootfs', diff_ids: layers.map((layer) => layer.descriptor.digest) },
    }),
  );
  const configDescriptor = {
    mediaType: 'application/vnd.docker.ai.model.config.v0.1+json',
    digest: digestOf(config),
    size: config.length,
  };
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MediaType.imageManifest,
      config: configDescriptor,
      layers: layers.map((layer) => layer.descriptor),
    }),
  );
  const manifestDescriptor = {
    mediaType: MediaType.imageManifest,
    digest: digestOf(manifest),
    size: manifest.length,
  };
  return { manifest, manifestDescriptor, config, configDescriptor, layers };
}
