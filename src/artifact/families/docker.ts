/**
 * Docker's model-spec v0.1 and v0.2 (docker/model-spec, spec.md and config.md), and the deviations of Docker Model
 * Runner. v0.1 has one GGUF layer for each shard, in order; v0.2 has one layer for each file of a folder, with its path
 * in an annotation.
 */
import * as z from 'zod';
import type { Steps } from '../../base/steps.ts';
import type { ImageManifest } from '../../oci/spec/manifest.ts';
import type { ModelArtifact, ModelMetadata } from '../artifact.ts';
import { assemble } from '../assemble.ts';
import {
  baseMetadata,
  configJson,
  optionalQuantization,
  optionalText,
  optionalTexts,
  optionalTokens,
  withDetails,
} from '../config.ts';
import type { ArtifactFamily, ReadOptions } from '../family.ts';
import { readLayers } from '../layer.ts';

const CONFIG_TYPE = 'application/vnd.docker.ai.model.config.';
const LAYER_TYPE = 'application/vnd.docker.ai.';
const BY_FOLDER = 'application/vnd.docker.ai.model.config.v0.2+json';

const configSchema = z.object({
  config: z
    .object({
      format: optionalText,
      quantization: optionalQuantization,
      parameters: optionalText,
      architecture: optionalText,
      context_size: optionalTokens,
      gguf: optionalTexts,
      safetensors: optionalTexts,
    })
    .partial()
    .catch({}),
});

type Config = z.infer<typeof configSchema>['config'];

function recognizes(manifest: ImageManifest): boolean {
  return (
    manifest.config?.mediaType.startsWith(CONFIG_TYPE) === true ||
    manifest.layers.some((layer) => layer.mediaType.startsWith(LAYER_TYPE))
  );
}

/**
 * Reads the metadata. `config.gguf` has that of the first shard as texts, under GGUF's names (Docker Model Runner) or
 * those of config.md; the packager's own statements take precedence.
 */
function metadataOf(manifest: ImageManifest, config: Config): ModelMetadata {
  const found = config.gguf?.size ? config.gguf : config.safetensors;
  const inner = found ?? new Map<string, string>();
  const architecture = config.architecture ?? inner.get('general.architecture') ?? inner.get('architecture');
  const trained = optionalTokens.parse(inner.get(`${architecture}.context_length`));
  return withDetails(baseMetadata(manifest), {
    quantization: config.quantization ?? optionalQuantization.parse(inner.get('quantization')),
    parameters: config.parameters ?? inner.get('parameter_count') ?? inner.get('general.size_label'),
    architecture,
    contextTokens: trained ?? config.context_size,
    name: optionalText.parse(inner.get('general.name')),
    license: optionalText.parse(inner.get('general.license')),
    // `docker model package --context-size` sets the context to run the model with.
    defaults: config.context_size === undefined ? undefined : { contextTokens: config.context_size },
  });
}

function* read(
  manifest: ImageManifest,
  configBytes: Uint8Array | undefined,
  { headers }: ReadOptions,
): Steps<ModelArtifact> {
  const { config } = configSchema.catch({ config: {} }).parse(configJson(configBytes));
  return yield* assemble({
    headers,
    family: 'docker',
    manifest,
    layers: yield* readLayers(manifest.layers, config.format?.toLowerCase()),
    metadata: metadataOf(manifest, config),
    inManifestOrder: manifest.config?.mediaType !== BY_FOLDER,
  });
}

/** Docker's model-spec. */
export const docker: ArtifactFamily = { recognizes, read };
