/**
 * Plain OCI artifacts, as `oras push` makes them: the config and the types are anything, and a layer's
 * `org.opencontainers.image.title` (image-spec, annotations.md) is the name of a file or of a folder in a tar.
 */
import type { ImageManifest } from '../oci/manifest.ts';
import type { ModelArtifact } from './artifact.ts';
import { assemble } from './assemble.ts';
import { baseMetadata } from './config.ts';
import { givenName, isFolder, type Layer, readLayers } from './layer.ts';
import { roleOfName } from './names.ts';
import type { ArtifactReader } from './reader.ts';

/** A compressed file has the role of what is in it; a folder may have anything in it. */
function withInnerRole(layer: Layer): Layer {
  if (layer.archive === undefined) return layer;
  if (isFolder(layer.descriptor)) return { ...layer, role: 'weights' };
  const inner = givenName(layer.descriptor)?.replace(/\.(?:tar|gz|zst|zstd|tgz|tzst)\b/gi, '') ?? '';
  return { ...layer, ...roleOfName(inner) };
}

function layersOf({ layers }: ImageManifest): Layer[] {
  return readLayers(layers, undefined).map(withInnerRole);
}

function recognises(manifest: ImageManifest): boolean {
  return layersOf(manifest).some(({ role }) => role === 'weights');
}

function read(manifest: ImageManifest): ModelArtifact {
  return assemble({
    family: 'generic',
    manifest,
    layers: layersOf(manifest),
    metadata: baseMetadata(manifest),
  });
}

export const genericReader: ArtifactReader = { recognises, read };
