/**
 * Docker's model-spec (docker/model-spec, spec.md and config.md) v0.1 and v0.2, and what Docker Model Runner
 * writes where that differs. v0.1: one GGUF layer for each shard, in order. v0.2: one layer for each file of
 * a folder, with its path in an annotation.
 */
import { z } from 'zod';
import type { ImageManifest } from '../oci/manifest.ts';
import type { ModelArtifact } from './artifact.ts';
import { assemble, type ModelDetails, readLayers } from './assemble.ts';
import { configJson, optionalText, optionalTexts, optionalTokens } from './config.ts';
import type { ArtifactReader } from './reader.ts';
import { unsupported } from './unsupported.ts';

const CONFIG_TYPE = 'application/vnd.docker.ai.model.config.';
const LAYER_TYPE = 'application/vnd.docker.ai.';
const BY_FOLDER = 'application/vnd.docker.ai.model.config.v0.2+json';

const configSchema = z.object({
  config: z
    .object({
      format: optionalText,
      quantization: optionalText,
      parameters: optionalText,
      architecture: optionalText,
      context_size: optionalTokens,
      gguf: optionalTexts,
    })
    .partial()
    .catch({}),
});

type Config = z.infer<typeof configSchema>['config'];

function recognises(manifest: ImageManifest): boolean {
  return (
    manifest.config?.mediaType.startsWith(CONFIG_TYPE) === true ||
    manifest.layers.some((layer) => layer.mediaType.startsWith(LAYER_TYPE))
  );
}

/** `config.gguf` has the metadata of the first shard as texts; the spec's names are tried after the GGUF's. */
function detailsOf(config: Config): ModelDetails {
  const gguf = config.gguf ?? new Map<string, string>();
  const architecture = config.architecture ?? gguf.get('general.architecture') ?? gguf.get('architecture');
  const trained = optionalTokens.parse(gguf.get(`${architecture}.context_length`));
  return {
    quantization: config.quantization ?? gguf.get('quantization'),
    parameters: config.parameters ?? gguf.get('parameter_count') ?? gguf.get('general.size_label'),
    architecture,
    contextTokens: config.context_size ?? trained,
  };
}

function read(manifest: ImageManifest, configBytes: Uint8Array | undefined): ModelArtifact {
  const { config } = configSchema.catch({ config: {} }).parse(configJson(configBytes));
  const format = config.format?.toLowerCase();
  const layers = readLayers(manifest.layers, format);
  if (format !== undefined && format !== 'gguf' && !layers.some((layer) => layer.kind === 'weights')) {
    throw unsupported(
      `has the model as ${format.slice(0, 40)}, which does not run here`,
      'Choose a tag or a repository that has the model as a GGUF file',
    );
  }
  return assemble({
    family: 'docker',
    layers,
    details: detailsOf(config),
    inManifestOrder: manifest.config?.mediaType !== BY_FOLDER,
    artifactType: manifest.artifactType ?? manifest.config?.mediaType,
  });
}

export const dockerReader: ArtifactReader = { recognises, read };
