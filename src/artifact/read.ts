/** Finds the reader of a manifest. */
import type { Descriptor } from '../oci/descriptor.ts';
import type { ImageManifest } from '../oci/manifest.ts';
import type { ModelArtifact } from './artifact.ts';
import { dockerReader } from './docker.ts';
import { modelpackReader } from './modelpack.ts';
import { ollamaReader } from './ollama.ts';
import type { ArtifactReader } from './reader.ts';
import { titledReader } from './titled.ts';
import { explainUnsupported } from './unsupported.ts';

/** The first one that recognises a manifest reads it; the one that goes by names alone is last. */
const READERS: readonly ArtifactReader[] = [ollamaReader, dockerReader, modelpackReader, titledReader];

/**
 * What a manifest means.
 * @param config the config blob; undefined where there is none. It may be `{}` or anything else: layers decide.
 * @throws ModelError `unsupported-artifact`, which says what it is and what to do.
 */
export function readArtifact(manifest: ImageManifest, config: Uint8Array | undefined): ModelArtifact {
  const reader = READERS.find((candidate) => candidate.recognises(manifest));
  if (reader !== undefined) return reader.read(manifest, config);
  const types = [manifest.artifactType, manifest.config?.mediaType, ...manifest.layers.map(tellingType)];
  throw explainUnsupported(
    types.filter((type) => type !== undefined),
    manifest.artifactType ?? manifest.config?.mediaType,
  );
}

/** The media type of a layer, but where its title says more. */
function tellingType(layer: Descriptor): string {
  const title = layer.annotations?.['org.opencontainers.image.title'];
  return title?.toLowerCase().endsWith('.safetensors') ? 'safetensors' : layer.mediaType;
}
