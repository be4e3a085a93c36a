function namesIn({ layers }: ImageManifest): string[] {
  return layers.flatMap((layer) => givenName(layer) ?? []);
}

/**
 * What a manifest means.
 *
 * The order of decisions. Which reader: the first of {@link READERS} that recognises the manifest, from types
 * that only one packager writes down to names. A registry that speaks several formats (Docker Hub's `ai/` has
 * three generations) and packagers that mix them make this order matter:
 *  1. Ollama and Hugging Face, by their layer types: their config and manifest types are those of any Docker
 *     image, and of a cosign signature.
 *  2. Docker's model-spec, by the config's media type or a layer's.
 *  3. ModelKit, by the config's media type, the artifact type or a layer's: newer kits write ModelPack's
 *     annotations too.
 *  4. ModelPack, by the artifact type, the config's media type or a layer's.
 *  5. Generic artifacts, by the names of layers: oras gives files the type of an image layer, so names come
 *     before 6. Files whose names say neither yes nor no are looked at by their first bytes, unless 6 has them.
 *  6. Container images, by the types of all layers, and by what the config says of their content.
 * Within a reader each layer is what its media type says, where that is of one purpose; else what its file
 * path says, else its title (layer.ts, names.ts). The first bytes decide last, when they are there: whether
 * an archive is one (the archive's reader), and whether a GGUF is one (the pull).
 */
import type { ImageManifest } from '../oci/spec/manifest.ts';
import type { ModelArtifact } from './artifact.ts';
import { containerImageReader } from './families/containerImage.ts';
import { dockerReader } from './families/docker.ts';
import { genericReader } from './families/generic.ts';
import { modelkitReader } from './families/modelkit.ts';
import { modelpackReader } from './families/modelpack.ts';
import { ollamaReader } from './families/ollama.ts';
import { givenName } from './layer.ts';
import { onlyPieces } from './names/pieces.ts';
import type { ArtifactReader, ReadOptions } from './reader.ts';
import { explainUnsupported } from './unsupported.ts';

const READERS: readonly ArtifactReader[] = [
  ollamaReader,
  dockerReader,
  modelkitReader,
  modelpackReader,
  genericReader,
  containerImageReader,
];

/**
 * What a manifest means.
 * @param config the config blob; undefined where there is none. It may be `{}` or anything else: layers decide.
 * @throws ModelError `unsupported-artifact`, which says what it is and what to do.
 */
export function readArtifact(
  manifest: ImageManifest,
  config: Uint8Array | undefined,
  options: ReadOptions = {},
): ModelArtifact {
  const reader = READERS.find((candidate) => candidate.recognises(manifest, config));
  if (reader === undefined) throw onlyPieces(namesIn(manifest)) ?? explainUnsupported(manifest);
  return reader.read(manifest, config, options);
}
