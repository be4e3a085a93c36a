/**
 * Plain OCI artifacts, as `oras push` makes them: the config and the types are anything, and a layer's
 * `org.opencontainers.image.title` (image-spec, annotations.md) is the name of a file or of a folder in a tar.
 */
import { singleLine } from '../../base/text.ts';
import type { ImageManifest } from '../../oci/spec/manifest.ts';
import type { ModelArtifact } from '../artifact.ts';
import { assemble } from '../assemble.ts';
import { baseMetadata, hasImageConfig } from '../config.ts';
import { givenName, isFolder, type Layer, readLayers } from '../layer.ts';
import { baseName } from '../names/fileName.ts';
import { mayBeModel, roleOfName } from '../names/roles.ts';
import type { ArtifactReader, ReadOptions } from '../reader.ts';
import { isSomethingElse, unsupported } from '../unsupported.ts';

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

/** A file of more than this part of the largest one's bytes may be the model as well. */
const COMPARABLE = 1 / 3;

/**
 * With the file that may be the model whatever its name is: the only one, or by far the largest. It counts as an
 * archive: whoever opens it sees at its first bytes whether it is a GGUF, a tar with one, or neither.
 * @throws ModelError `unsupported-artifact` where there are several, of which the manifest does not tell one.
 */
function withMaybe(layers: readonly Layer[]): Layer[] {
  const maybes = layers.filter(isMaybe);
  const largest = Math.max(...maybes.map(({ descriptor }) => descriptor.size));
  const [only, ...more] = maybes.filter(({ descriptor }) => descriptor.size > largest * COMPARABLE);
  if (only !== undefined && more.length > 0) {
    throw unsupported(
      `has several files of which none says that it is the model (${namesOf([only, ...more])})`,
      'Choose a tag or a repository that has one model',
    );
  }
  return layers.map((layer) => {
    if (layer !== only) return layer;
    const compression = layer.archive?.compression ?? 'detect';
    return { ...layer, role: 'weights', name: undefined, archive: { compression, wants: 'model-files' } };
  });
}

function namesOf(layers: readonly Layer[]): string {
  const shown = layers
    .slice(0, 3)
    .map(({ descriptor }) => singleLine(baseName(givenName(descriptor) ?? ''), 60))
    .join(', ');
  return layers.length > 3 ? `${shown} and more` : shown;
}

/** Files are looked at by their bytes only where no name is that of a model, and no type says that it is another thing. */
function mayHaveMaybe(
  layers: readonly Layer[],
  manifest: ImageManifest,
  config: Uint8Array | undefined,
): boolean {
  if (manifest.subject !== undefined || hasWeights(layers)) return false;
  return !hasImageConfig(manifest, config) && !isSomethingElse(manifest) && layers.some(isMaybe);
}

function hasWeights(layers: readonly Layer[]): boolean {
  return layers.some(({ role }) => role === 'weights');
}

/** The layers of the manifest that was recognized last, and is read next. */
const layersRead = new WeakMap<ImageManifest, readonly Layer[]>();

function namedLayers(manifest: ImageManifest): readonly Layer[] {
  const layers = layersRead.get(manifest) ?? readLayers(manifest.layers, undefined).map(withInnerRole);
  layersRead.set(manifest, layers);
  return layers;
}

function recognises(manifest: ImageManifest, config: Uint8Array | undefined): boolean {
  const layers = namedLayers(manifest);
  return hasWeights(layers) || mayHaveMaybe(layers, manifest, config);
}

function read(
  manifest: ImageManifest,
  config: Uint8Array | undefined,
  { headers }: ReadOptions,
): ModelArtifact {
  const named = namedLayers(manifest);
  const layers = mayHaveMaybe(named, manifest, config) ? withMaybe(named) : named;
  return assemble({ headers, family: 'generic', manifest, layers, metadata: baseMetadata(manifest) });
}

export const genericReader: ArtifactReader = { recognises, read };
