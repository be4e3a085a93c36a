/**
 * Ollama's models (ollama/ollama, manifest/layer.go and types/model/config.go): a Docker schema 2 manifest
 * whose layer types say what each layer is. Layers have no names.
 */
import { z } from 'zod';
import type { Descriptor } from '../oci/descriptor.ts';
import type { ImageManifest } from '../oci/manifest.ts';
import type { ModelArtifact } from './artifact.ts';
import { assemble } from './assemble.ts';
import { configJson, optionalText, optionalTokens } from './config.ts';
import type { Layer, LayerKind } from './layer.ts';
import type { ArtifactReader } from './reader.ts';
import { unsupported } from './unsupported.ts';

const PREFIX = 'application/vnd.ollama.image.';

/** `template` is Go's text/template and not Jinja, so it is no chat template here: the GGUF has its own. */
const KINDS: Readonly<Record<string, LayerKind>> = {
  model: 'weights',
  projector: 'projector',
  adapter: 'adapter',
  license: 'license',
  tensor: 'other-weights',
};

const configSchema = z
  .object({
    model_format: optionalText,
    model_family: optionalText,
    model_type: optionalText,
    file_type: optionalText,
    context_length: optionalTokens,
    remote_host: optionalText,
  })
  .partial()
  .catch({});

function recognises(manifest: ImageManifest): boolean {
  return manifest.layers.some((layer) => layer.mediaType.startsWith(PREFIX));
}

function layerOf(descriptor: Descriptor): Layer {
  const part = descriptor.mediaType.startsWith(PREFIX) ? descriptor.mediaType.slice(PREFIX.length) : '';
  const kind = Object.hasOwn(KINDS, part) ? KINDS[part] : undefined;
  return { kind: kind ?? 'other', name: undefined, descriptor };
}

function read(manifest: ImageManifest, configBytes: Uint8Array | undefined): ModelArtifact {
  const config = configSchema.parse(configJson(configBytes));
  const layers = manifest.layers.map(layerOf);
  const hasWeights = layers.some((layer) => layer.kind === 'weights');
  if (config.remote_host !== undefined && !hasWeights) {
    throw unsupported('is a cloud model of Ollama, which has no weights to download', 'Choose another tag');
  }
  if (hasWeights && config.model_format !== undefined && config.model_format.toLowerCase() !== 'gguf') {
    throw unsupported(
      `has the model as ${config.model_format.slice(0, 40)}, which does not run here`,
      'Choose a tag that has the model as GGUF',
    );
  }
  return assemble({
    family: 'ollama',
    layers,
    details: {
      quantization: config.file_type,
      parameters: config.model_type,
      architecture: config.model_family,
      contextTokens: config.context_length,
    },
    inManifestOrder: false,
    artifactType: undefined,
  });
}

export const ollamaReader: ArtifactReader = { recognises, read };
