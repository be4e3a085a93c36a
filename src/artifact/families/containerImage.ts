/**
 * Container images that carry a model: RamaLama's `raw` and `car` (containers/ramalama, transports/oci/oci.py),
 * LocalAI's (`FROM scratch`, `COPY model.gguf /`), and everything built alike. All layers are searched for the model's
 * files.
 */
import * as z from 'zod';
import { mapInSteps, type Steps } from '../../base/steps.ts';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import type { ImageManifest } from '../../oci/spec/manifest.ts';
import type { ModelArtifact, ModelFormat } from '../artifact.ts';
import { assemble } from '../assemble.ts';
import {
  baseMetadata,
  configJson,
  hasImageConfig,
  optionalText,
  optionalTexts,
  withDetails,
} from '../config.ts';
import type { ArtifactFamily, ReadOptions } from '../family.ts';
import { compressionOf, givenName, isArchiveName, type Layer } from '../layer.ts';
import { isContainerImage } from '../unsupported.ts';

const LAYER_TYPE =
  /^application\/vnd\.(?:oci\.image\.layer\.(?:nondistributable\.)?v1\.tar|docker\.image\.rootfs\.(?:foreign\.)?diff\.tar)(?:[.+](?:gzip|zstd))?$/;

/** Layers without any file, which build tools write for steps that change none: an empty tar, gzipped. */
const EMPTY_LAYERS: ReadonlySet<string> = new Set([
  'sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4',
  'sha256:4f4fb700ef54461cfa02571ae0db9a0dc1e0cdb5577484a6d75e68dc38e8acc1',
  'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef',
]);

const texts = z.array(z.string()).catch([]);

const configSchema = z
  .object({
    config: z.object({ Labels: optionalTexts, Entrypoint: texts, Cmd: texts }).partial().catch({}),
    history: z.array(z.object({ created_by: z.string().max(10_000).optional().catch(undefined) })).catch([]),
  })
  .partial()
  .catch({});

type Config = z.infer<typeof configSchema>;

/** RamaLama: `ai.image.model.raw`, `ai.image.model.car`. */
const TYPE_LABEL = 'org.containers.type';
/** The path of the model, in images from RamaLama's own registry. */
const FILE_LABEL = 'com.ramalama.model.file.location';

/**
 * Recognizes images. An artifact with an image's config is one, whatever its layers are called, and an artifact that is
 * attached to another is not. `oras push` gives files without a type the type of an image layer; so without such a
 * config, titled layers are plain files, unless the title names an archive, which may contain a model.
 */
function looksLikeImage(manifest: ImageManifest, config: Uint8Array | undefined): boolean {
  const { layers, subject } = manifest;
  const isImage = hasImageConfig(manifest, config);
  const isLayer = (layer: Descriptor): boolean => {
    const title = givenName(layer);
    return LAYER_TYPE.test(layer.mediaType) && (isImage || title === undefined || isArchiveName(title));
  };
  return layers.length > 0 && subject === undefined && layers.every(isLayer);
}

/**
 * Returns true if the image declares a model or consists of nothing but files. An image that is a program holds
 * gigabytes of something else and is refused before it is downloaded.
 */
function mayHaveModel({ config = {}, history = [] }: Config): boolean {
  const labels = config.Labels ?? new Map<string, string>();
  if (labels.get(TYPE_LABEL)?.startsWith('ai.image.model') || labels.has(FILE_LABEL)) return true;
  const steps = history.map(({ created_by }) => created_by ?? '');
  if (steps.some((step) => /\.(?:gguf|safetensors)\b|\/models\b|model\.file/i.test(step))) return true;
  return (config.Entrypoint ?? []).length === 0 && (config.Cmd ?? []).length === 0;
}

function formatOf({ config = {}, history = [] }: Config): ModelFormat | undefined {
  const text = [config.Labels?.get(FILE_LABEL), ...history.map(({ created_by }) => created_by)].join('\n');
  return /\.gguf\b/i.test(text) ? 'gguf' : undefined;
}

function layerOf(descriptor: Descriptor, index: number): Layer {
  const compression = compressionOf(descriptor.mediaType);
  return {
    index,
    descriptor,
    role: 'weights',
    name: undefined,
    archive: { compression, wants: 'model-files' },
  };
}

function* read(
  manifest: ImageManifest,
  configBytes: Uint8Array | undefined,
  { headers }: ReadOptions,
): Steps<ModelArtifact> {
  const config = configSchema.parse(configJson(configBytes));
  if (!mayHaveModel(config)) throw isContainerImage();
  const labels = config.config?.Labels;
  return yield* assemble({
    headers,
    family: 'container-image',
    manifest,
    layers: (yield* mapInSteps(manifest.layers, layerOf)).filter(
      ({ descriptor }) => !EMPTY_LAYERS.has(descriptor.digest),
    ),
    metadata: withDetails(baseMetadata(manifest), {
      name: optionalText.parse(labels?.get('org.opencontainers.image.title')),
      license: optionalText.parse(labels?.get('org.opencontainers.image.licenses')),
    }),
    format: formatOf(config),
  });
}

/** Container images with a model inside. */
export const containerImage: ArtifactFamily = { recognizes: looksLikeImage, read };
