/**
 * CNCF ModelPack (modelpack/model-spec, docs/spec.md and config.md) and its predecessor with `cnai` in the
 * names. Only raw layers are read, whose digest is the file's.
 */
import { z } from 'zod';
import type { ImageManifest } from '../oci/manifest.ts';
import type { ModelArtifact } from './artifact.ts';
import { assemble, readLayers } from './assemble.ts';
import { configJson, optionalText } from './config.ts';
import type { ArtifactReader } from './reader.ts';

const TYPE = /^application\/vnd\.(?:cncf|cnai)\.model\./;

const configSchema = z.object({
  config: z
    .object({
      format: optionalText,
      quantization: optionalText,
      paramSize: optionalText,
      architecture: optionalText,
    })
    .partial()
    .catch({}),
});

/** By any of the three places: podman writes only the artifact type, and older packagers only the config's. */
function recognises(manifest: ImageManifest): boolean {
  const types = [
    manifest.artifactType,
    manifest.config?.mediaType,
    ...manifest.layers.map((l) => l.mediaType),
  ];
  return types.some((type) => type !== undefined && TYPE.test(type));
}

function read(manifest: ImageManifest, configBytes: Uint8Array | undefined): ModelArtifact {
  const { config } = configSchema.catch({ config: {} }).parse(configJson(configBytes));
  return assemble({
    family: 'modelpack',
    layers: readLayers(manifest.layers, config.format?.toLowerCase()),
    details: {
      quantization: config.quantization,
      parameters: config.paramSize,
      architecture: config.architecture,
      contextTokens: undefined, // ModelPack's config has no such field
    },
    inManifestOrder: false,
    artifactType: manifest.artifactType ?? manifest.config?.mediaType,
  });
}

export const modelpackReader: ArtifactReader = { recognises, read };
