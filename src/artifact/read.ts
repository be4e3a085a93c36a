/**
 * Reads what a manifest means.
 *
 * {@link FAMILIES} is the order of decisions: the first family that recognizes the manifest reads it. The order goes
 * from types that only one packager writes down to names. It matters, because some registries speak several formats
 * (Docker Hub's `ai/` has three generations) and packagers mix them.
 *
 * Within a family each layer is what its media type says if that has a single purpose, or else what its file path or
 * its title says (layer.ts, names/). The first bytes decide last, once they are there: if an archive is one (archive/),
 * and if a GGUF is one (the pull).
 */
import { atOnce, inSlices, type Steps } from '../base/steps.ts';
import type { ImageManifest } from '../oci/spec/manifest.ts';
import type { ModelArtifact } from './artifact.ts';
import { containerImage } from './families/containerImage.ts';
import { docker } from './families/docker.ts';
import { generic } from './families/generic.ts';
import { modelkit } from './families/modelkit.ts';
import { modelpack } from './families/modelpack.ts';
import { ollama } from './families/ollama.ts';
import type { ArtifactFamily, ReadOptions } from './family.ts';
import { givenName } from './layer.ts';
import { onlyPieces } from './names/pieces.ts';
import { explainUnsupported } from './unsupported.ts';

/** All families, in the order of decisions. */
const FAMILIES: readonly ArtifactFamily[] = [
  // By layer types: its config and manifest types are those of any Docker image, and of a cosign signature.
  ollama,
  // By the config's media type or a layer's.
  docker,
  // By the config's media type, the artifact type or a layer's. Newer kits also write ModelPack's annotations.
  modelkit,
  // By the artifact type, the config's media type or a layer's.
  modelpack,
  // By the names of layers, before images, because oras gives files the type of an image layer. Files whose names
  // decide nothing are judged by their first bytes, unless the artifact is an image.
  generic,
  // By the types of all layers, and by what the config says about their content.
  containerImage,
];

function namesIn({ layers }: ImageManifest): string[] {
  return layers.flatMap((layer) => givenName(layer) ?? []);
}

/**
 * Reads what a manifest means, at once. A manifest of a registry may have thousands of layers and keep the thread busy
 * for a tenth of a second: see {@link readArtifactInSlices}.
 * @param config the config blob, or undefined if there is none. It may be `{}` or anything else: layers decide.
 * @throws ModelError `unsupported-artifact`, which says what the artifact is and what to do.
 */
export function readArtifact(
  manifest: ImageManifest,
  config: Uint8Array | undefined,
  options: ReadOptions = {},
): ModelArtifact {
  return atOnce(read(manifest, config, options));
}

/** Reads what a manifest means like {@link readArtifact}, and gives the thread a turn every few milliseconds. */
export function readArtifactInSlices(...of: Parameters<typeof readArtifact>): Promise<ModelArtifact> {
  return inSlices(read(...of));
}

function* read(
  manifest: ImageManifest,
  config: Uint8Array | undefined,
  options: ReadOptions = {},
): Steps<ModelArtifact> {
  for (const family of FAMILIES) {
    if (family.prepare !== undefined) yield* family.prepare(manifest);
    yield;
    if (family.recognizes(manifest, config)) return yield* family.read(manifest, config, options);
  }
  throw onlyPieces(namesIn(manifest)) ?? explainUnsupported(manifest);
}
