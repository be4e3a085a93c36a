/**
 * Plain OCI artifacts as `oras push` makes them: config and media types are arbitrary, and a layer's
 * `org.opencontainers.image.title` (image-spec, annotations.md) names a file, or a folder in a tar.
 */
import { t } from '../../base/l10n.ts';
import { mapInSteps, type Steps } from '../../base/steps.ts';
import type { ImageManifest } from '../../oci/spec/manifest.ts';
import type { ModelArtifact } from '../artifact.ts';
import { assemble } from '../assemble.ts';
import { baseMetadata, hasImageConfig } from '../config.ts';
import type { ArtifactFamily, ReadOptions } from '../family.ts';
import { givenName, isFolder, type Layer, readLayers } from '../layer.ts';
import { baseName } from '../names/fileName.ts';
import { mayBeModel, roleOfName } from '../names/roles.ts';
import { shownNames } from '../names/shownNames.ts';
import { isSomethingElse, unsupported } from '../unsupported.ts';

/** Gives a compressed file the role of its content. A folder may contain anything, so it may contain the model. */
function withInnerRole(layer: Layer): Layer {
  if (layer.archive === undefined) return layer;
  if (isFolder(layer.descriptor)) return { ...layer, role: 'weights' };
  const inner = givenName(layer.descriptor)?.replace(/\.(?:tar|gz|zst|zstd|tgz|tzst)\b/gi, '') ?? '';
  return { ...layer, ...roleOfName(inner) };
}

/** Types that allow a GGUF: the defaults of oras and podman, and those that publishers make up for GGUFs. */
const PLAIN_TYPE = /^application\/(?:octet-stream$|vnd\.oci\.image\.layer\.v1\.tar|(?:.+[.+-])?gguf\b)/;

function isMaybe({ descriptor, role }: Layer): boolean {
  const given = givenName(descriptor);
  return (
    role === 'other' && given !== undefined && mayBeModel(given) && PLAIN_TYPE.test(descriptor.mediaType)
  );
}

/** Files larger than this fraction of the largest one may be the model as well. */
const COMPARABLE = 1 / 3;

/**
 * Marks the file that may be the model despite its name: the only one, or by far the largest. It counts as an archive,
 * because its first bytes show if it is a GGUF, a tar that contains one, or neither.
 * @throws ModelError `unsupported-artifact` if several files qualify.
 */
function withMaybe(layers: readonly Layer[]): Layer[] {
  const maybes = layers.filter(isMaybe);
  const largest = Math.max(...maybes.map(({ descriptor }) => descriptor.size));
  const [only, ...more] = maybes.filter(({ descriptor }) => descriptor.size > largest * COMPARABLE);
  if (only !== undefined && more.length > 0) {
    const names = [only, ...more].map(({ descriptor }) => baseName(givenName(descriptor) ?? ''));
    throw unsupported(
      t(
        'This artifact has several files that could be the model ({0}). Choose a tag or a repository that has one model.',
        shownNames(names),
      ),
    );
  }
  return layers.map((layer) => {
    if (layer !== only) return layer;
    const compression = layer.archive?.compression ?? 'detect';
    return { ...layer, role: 'weights', name: undefined, archive: { compression, wants: 'model-files' } };
  });
}
/** Returns true if first bytes must decide: no name is that of a model, and no type rules one out. */
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

/** Layers of prepared manifests, because `recognizes` and `read` follow and need them. */
const layersRead = new WeakMap<ImageManifest, readonly Layer[]>();

function* prepare(manifest: ImageManifest): Steps<void> {
  if (layersRead.has(manifest)) return;
  const layers = yield* readLayers(manifest.layers, undefined);
  layersRead.set(manifest, yield* mapInSteps(layers, withInnerRole));
}

function namedLayers(manifest: ImageManifest): readonly Layer[] {
  return layersRead.get(manifest) ?? [];
}

function recognizes(manifest: ImageManifest, config: Uint8Array | undefined): boolean {
  const layers = namedLayers(manifest);
  return hasWeights(layers) || mayHaveMaybe(layers, manifest, config);
}

function* read(
  manifest: ImageManifest,
  config: Uint8Array | undefined,
  { headers }: ReadOptions,
): Steps<ModelArtifact> {
  const named = namedLayers(manifest);
  const layers = mayHaveMaybe(named, manifest, config) ? withMaybe(named) : named;
  return yield* assemble({ headers, family: 'generic', manifest, layers, metadata: baseMetadata(manifest) });
}

/** Plain OCI artifacts. */
export const generic: ArtifactFamily = { prepare, recognizes, read };
