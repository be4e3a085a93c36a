/**
 * Plain OCI artifacts, as `oras push` makes them: the config and the types are anything, and a layer's
 * `org.opencontainers.image.title` (image-spec, annotations.md) ends with `.gguf`.
 */
import type { ImageManifest } from '../oci/manifest.ts';
import type { ModelArtifact } from './artifact.ts';
import { assemble, readLayers } from './assemble.ts';
import type { ArtifactReader } from './reader.ts';

function recognises(manifest: ImageManifest): boolean {
  return readLayers(manifest.layers, undefined).some((layer) => layer.kind === 'weights');
}

function read(manifest: ImageManifest): ModelArtifact {
  return assemble({
    family: 'titled',
    layers: readLayers(manifest.layers, undefined),
    details: {
      quantization: undefined,
      parameters: undefined,
      architecture: undefined,
      contextTokens: undefined,
    },
    inManifestOrder: false,
    artifactType: manifest.artifactType,
  });
}

export const titledReader: ArtifactReader = { recognises, read };
