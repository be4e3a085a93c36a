/**
 * Ollama's models (ollama/ollama, manifest/layer.go and types/model/config.go): a Docker schema 2 manifest
 * whose layer types say what each layer is. Layers have no names. Hugging Face answers the same way for its
 * GGUF repositories (`hf.co/org/Repo-GGUF:Q4_K_M`).
 */
import { z } from 'zod';
import { singleLine } from '../../base/text.ts';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import { hostOf } from '../../oci/spec/hosts.ts';
import type { ImageManifest } from '../../oci/spec/manifest.ts';
import type { ModelArtifact } from '../artifact.ts';
import { assemble } from '../assemble.ts';
import { baseMetadata, configJson, optionalText, optionalTokens, withDetails } from '../config.ts';
import { DEFAULTS_FILES } from '../defaults.ts';
import type { Layer } from '../layer.ts';
import type { ArtifactReader, ReadOptions } from '../reader.ts';
import { unsupported } from '../unsupported.ts';

const PREFIX = 'application/vnd.ollama.image.';

/**
 * What each kind of layer is, and the name that its file gets. `template` is Go's text/template and not Jinja:
 * the GGUF has its own chat template, which is what the engine uses.
 */
const PARTS: Readonly<Record<string, Pick<Layer, 'role' | 'format' | 'name'>>> = {
  model: { role: 'weights', format: 'gguf', name: undefined },
  projector: { role: 'projector', name: undefined },
  adapter: { role: 'adapter', name: undefined },
  draft: { role: 'draft', name: undefined },
  license: { role: 'license', name: undefined },
  tensor: { role: 'weights', format: 'other', name: undefined },
  template: { role: 'template', name: 'template.gotmpl' },
  prompt: { role: 'template', name: 'template.gotmpl' },
  system: { role: 'config', name: DEFAULTS_FILES.system },
  params: { role: 'config', name: DEFAULTS_FILES.params },
  messages: { role: 'config', name: DEFAULTS_FILES.messages },
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

function layerOf(descriptor: Descriptor, index: number): Layer {
  const part = descriptor.mediaType.startsWith(PREFIX) ? descriptor.mediaType.slice(PREFIX.length) : '';
  const known = Object.hasOwn(PARTS, part) ? PARTS[part] : undefined;
  return { index, descriptor, ...(known ?? { role: 'other', name: undefined }) };
}

/** Ollama files a model that has its projector in the same GGUF as a projector, and there is no other layer then. */
function withFusedModel(layers: Layer[]): Layer[] {
  const projectors = layers.filter(({ role }) => role === 'projector');
  const [fused] = projectors;
  if (fused === undefined || projectors.length > 1) return layers;
  if (layers.some(({ role }) => role === 'weights' || role === 'adapter')) return layers;
  return layers.map((layer) => (layer === fused ? { ...layer, role: 'weights', format: 'gguf' } : layer));
}

function read(
  manifest: ImageManifest,
  configBytes: Uint8Array | undefined,
  { registry = '', headers }: ReadOptions,
): ModelArtifact {
  const config = configSchema.parse(configJson(configBytes));
  const layers = withFusedModel(manifest.layers.map(layerOf));
  const tensors = layers.filter(({ descriptor }) => descriptor.mediaType === `${PREFIX}tensor`);
  const hasModel = layers.some(({ role, format }) => role === 'weights' && format === 'gguf');
  if (config.remote_host !== undefined && !hasModel) {
    throw unsupported(
      `is a cloud model of Ollama (${singleLine(config.remote_host, 100)}), which has no weights to download`,
      'Choose another tag',
    );
  }
  if (tensors.length > 0 && !hasModel) {
    throw unsupported(
      'has the model as safetensors in one blob for each tensor, which only Ollama can put together',
      'Choose a tag that has the model as GGUF',
    );
  }
  if (hasModel && config.model_format !== undefined && config.model_format.toLowerCase() !== 'gguf') {
    throw unsupported(
      `has the model as ${singleLine(config.model_format, 40)}, which does not run here`,
      'Choose a tag that has the model as GGUF',
    );
  }
  return assemble({
    headers,
    family: hostOf(registry)?.ollamaFamily ?? 'ollama',
    manifest,
    layers,
    metadata: withDetails(baseMetadata(manifest), {
      quantization: config.file_type,
      parameters: config.model_type,
      architecture: config.model_family,
      contextTokens: config.context_length,
    }),
  });
}

export const ollamaReader: ArtifactReader = { recognises, read };
