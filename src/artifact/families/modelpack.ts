/**
 * CNCF ModelPack (modelpack/model-spec, docs/spec.md and config.md) and its predecessor with `cnai` in the
 * names. Layers are raw files, whose digest is the file's, or tars.
 */
import { z } from 'zod';
import { formatParameters } from '../../base/format.ts';
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
import { type Layer, readLayers } from '../layer.ts';
import type { ArtifactReader, ReadOptions } from '../reader.ts';

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

/** By any of the three places: podman writes only the artifact type, and older packagers only the config's. */
function recognises(manifest: ImageManifest): boolean {
  const types = [
    manifest.artifactType,
    manifest.config?.mediaType,
    ...manifest.layers.map((l) => l.mediaType),
  ];
  return types.some((type) => type !== undefined && TYPE.test(type));
}

/** Docs, code and data sets may have anything in their archives; the model is in those of weights. */
function withArchiveRole(layer: Layer): Layer {
  if (layer.archive === undefined || !WEIGHT.test(layer.descriptor.mediaType)) return layer;
  return { ...layer, role: 'weights' };
}

/** modctl writes the kind of network in the place of an architecture, and that into `family`. */
function isKind(architecture: string | undefined): boolean {
  return architecture === undefined || /^(?:transformers?|cnn|rnn)$/i.test(architecture);
}

/** `1.5b` stays as it is; a bare number is a count. */
function parametersOf(paramSize: string | undefined): string | undefined {
  return paramSize !== undefined && /^\d{5,15}$/.test(paramSize)
    ? formatParameters(Number(paramSize))
    : paramSize;
}

function formatOf(text: string | undefined): ModelFormat | undefined {
  return text === 'gguf' || text === 'safetensors' ? text : undefined;
}

function read(
  manifest: ImageManifest,
  configBytes: Uint8Array | undefined,
  { headers }: ReadOptions,
): ModelArtifact {
  const { config = {}, descriptor = {} } = configSchema.parse(configJson(configBytes));
  const format = config.format?.toLowerCase();
  return assemble({
    headers,
    family: 'modelpack',
    manifest,
    layers: readLayers(manifest.layers, format).map(withArchiveRole),
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

export const modelpackReader: ArtifactReader = { recognises, read };
