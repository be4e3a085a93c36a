/**
 * Plain OCI artifacts, as `oras push` makes them: the config and the types are anything, and a layer's
 * `org.opencontainers.image.title` (image-spec, annotations.md) is the name of a file or of a folder in a tar.
 */
import type { ImageManifest } from '../oci/manifest.ts';
import type { ModelArtifact } from './artifact.ts';
import { assemble } from './assemble.ts';
import { baseMetadata, hasImageConfig } from './config.ts';
import { givenName, isFolder, type Layer, readLayers } from './layer.ts';
import { mayBeModel, roleOfName } from './names.ts';
import type { ArtifactReader } from './reader.ts';
import { isSomethingElse } from './unsupported.ts';

/** A compressed file has the role of what is in it; a folder may have anything in it. */
function withInnerRole(layer: Layer): Layer {
  if (layer.archive === undefined) return layer;
  if (isFolder(layer.descriptor)) return { ...layer, role: 'weights' };
  const inner = givenName(layer.descriptor)?.replace(/\.(?:tar|gz|zst|zstd|tgz|tzst)\b/gi, '') ?? '';
  return { ...layer, ...roleOfName(inner) };
}

/** Types that say nothing of a file, or that it is a GGUF: those that oras and podman give, and publishers make up. */
const PLAIN_TYPE = /^application\/(?:octet-stream$|vnd\.oci\.image\.layer\.v1\.tar|(?:.+[.+-])?gguf\b)/;

function isMaybe({ descriptor, role }: Layer): boolean {
  const given = givenName(descriptor);
  return (
    role === 'other' && given !== undefined && mayBeModel(given) && PLAIN_TYPE.test(descriptor.mediaType)
  );
}

/**
 * With files that may be models whatever their names are. They count as archives: whoever opens one sees at its first
 * bytes whether it is a GGUF, a tar with one, or neither. Several are no layers of one image, of which the last wins.
 */
function withMaybes(layers: readonly Layer[]): Layer[] {
  const wants = layers.filter(isMaybe).length === 1 ? 'model-files' : 'all';
  return layers.map((layer) => {
    if (!isMaybe(layer)) return layer;
    const compression = layer.archive?.compression ?? 'detect';
    return { ...layer, role: 'weights', name: undefined, archive: { compression, wants } };
  });
}

/** Files are looked at by their bytes only where no name is that of a model, and no type says that it is another thing. */
function layersOf(manifest: ImageManifest, config: Uint8Array | undefined): Layer[] {
  const layers = readLayers(manifest.layers, undefined).map(withInnerRole);
  const isKnown = layers.some(({ role }) => role === 'weights');
  const isOther =
    manifest.subject !== undefined || hasImageConfig(manifest, config) || isSomethingElse(manifest);
  return isKnown || isOther ? layers : withMaybes(layers);
}

function recognises(manifest: ImageManifest, config: Uint8Array | undefined): boolean {
  return layersOf(manifest, config).some(({ role }) => role === 'weights');
}

function read(manifest: ImageManifest, config: Uint8Array | undefined): ModelArtifact {
  return assemble({
    family: 'generic',
    manifest,
    layers: layersOf(manifest, config),
    metadata: baseMetadata(manifest),
  });
}

export const genericReader: ArtifactReader = { recognises, read };
