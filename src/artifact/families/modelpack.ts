/**
 * CNCF ModelPack (modelpack/model-spec, docs/spec.md and config.md) and its predecessor, with `cnai` in its media
 * types. Layers are raw files, whose digest is that of the file, or tars.
 */
import * as z from 'zod';
import { formatParameters } from '../../base/format.ts';
import type { Steps } from '../../base/steps.ts';
import type { ImageManifest } from '../../oci/spec/manifest.ts';
import type { ModelArtifact, ModelFormat } from '../artifact.ts';
import { assemble } from '../assemble.ts';
import {
  baseMetadata,
  configJson,
  optionalQuantization,
  optionalText,
  optionalTextList,
  withDetails,
} from '../config.ts';
import type { ArtifactFamily, ReadOptions } from '../family.ts';
import { type Layer, readLayers } from '../layer.ts';

const TYPE = /^application\/vnd\.(?:cncf|cnai)\.model\./;
const WEIGHT = /^application\/vnd\.(?:cncf|cnai)\.model\.weight\.v1\./;

const configSchema = z
  .object({
    config: z
      .object({
        format: optionalText,
        quantization: optionalQuantization,
        precision: optionalText,
        paramSize: optionalText,
        architecture: optionalText,
      })
      .partial()
      .catch({}),
    descriptor: z
      .object({ name: optionalText, family: optionalText, licenses: optionalTextList })
      .partial()
      .catch({}),
  })
  .partial()
  .catch({});

/** Checks all three places, because podman writes only the artifact type, and older packagers only the config's. */
function recognizes(manifest: ImageManifest): boolean {
  const types = [
    manifest.artifactType,
    manifest.config?.mediaType,
    ...manifest.layers.map((l) => l.mediaType),
  ];
  return types.some((type) => type !== undefined && TYPE.test(type));
}

/** Archives of weights may contain the model; those of documents, code and data sets do not count. */
function withArchiveRole(layer: Layer): Layer {
  if (layer.archive === undefined || !WEIGHT.test(layer.descriptor.mediaType)) return layer;
  return { ...layer, role: 'weights' };
}

/** Returns true for a kind of network, which modctl writes as the architecture; `family` has that instead. */
function isKind(architecture: string | undefined): boolean {
  return architecture === undefined || /^(?:transformers?|cnn|rnn)$/i.test(architecture);
}

/** Formats a bare number as a count; `1.5b` stays as it is. */
function parametersOf(paramSize: string | undefined): string | undefined {
  return paramSize !== undefined && /^\d{5,15}$/.test(paramSize)
    ? formatParameters(Number(paramSize))
    : paramSize;
}

function formatOf(text: string | undefined): ModelFormat | undefined {
  return text === 'gguf' || text === 'safetensors' ? text : undefined;
}

function* read(
  manifest: ImageManifest,
  configBytes: Uint8Array | undefined,
  { headers }: ReadOptions,
): Steps<ModelArtifact> {
  const { config = {}, descriptor = {} } = configSchema.parse(configJson(configBytes));
  const format = config.format?.toLowerCase();
  return yield* assemble({
    headers,
    family: 'modelpack',
    manifest,
    layers: (yield* readLayers(manifest.layers, format)).map(withArchiveRole),
    // ModelPack's config has no field for the context.
    metadata: withDetails(baseMetadata(manifest), {
      quantization: config.quantization ?? config.precision,
      parameters: parametersOf(config.paramSize),
      architecture: isKind(config.architecture) ? descriptor.family : config.architecture,
      name: descriptor.name,
      license: descriptor.licenses?.join(', '),
    }),
    format: formatOf(format),
  });
}

/** CNCF ModelPack. */
export const modelpack: ArtifactFamily = { recognizes, read };
