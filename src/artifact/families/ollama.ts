/**
 * Ollama's models (ollama/ollama, manifest/layer.go and types/model/config.go): Docker schema 2 manifests whose layer
 * types say what each layer is. Layers have no names. Hugging Face serves its GGUF repositories in the same way
 * (`hf.co/org/Repo-GGUF:Q4_K_M`).
 */
import * as z from 'zod';
import { t } from '../../base/l10n.ts';
import { mapInSteps, type Steps } from '../../base/steps.ts';
import { singleLine } from '../../base/text.ts';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import { hostOf } from '../../oci/spec/hosts.ts';
import type { ImageManifest } from '../../oci/spec/manifest.ts';
import type { ModelArtifact } from '../artifact.ts';
import { assemble } from '../assemble.ts';
import { baseMetadata, configJson, optionalText, optionalTokens, withDetails } from '../config.ts';
import { DEFAULTS_FILES } from '../defaults.ts';
import type { ArtifactFamily, ReadOptions } from '../family.ts';
import type { Layer } from '../layer.ts';
import { unsupported } from '../unsupported.ts';

const PREFIX = 'application/vnd.ollama.image.';

/**
 * The role of each kind of layer, and the name for its file. `template` is Go's text/template rather than Jinja; the
 * engine uses the GGUF's own chat template.
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

function recognizes(manifest: ImageManifest): boolean {
  return manifest.layers.some((layer) => layer.mediaType.startsWith(PREFIX));
}

function layerOf(descriptor: Descriptor, index: number): Layer {
  const part = descriptor.mediaType.startsWith(PREFIX) ? descriptor.mediaType.slice(PREFIX.length) : '';
  const known = Object.hasOwn(PARTS, part) ? PARTS[part] : undefined;
  return { index, descriptor, ...(known ?? { role: 'other', name: undefined }) };
}

/** Corrects Ollama's label of a GGUF with a built-in projector: it is called a projector, and is the only layer. */
function withFusedModel(layers: Layer[]): Layer[] {
  const projectors = layers.filter(({ role }) => role === 'projector');
  const [fused] = projectors;
  if (fused === undefined || projectors.length > 1) return layers;
  if (layers.some(({ role }) => role === 'weights' || role === 'adapter')) return layers;
  return layers.map((layer) => (layer === fused ? { ...layer, role: 'weights', format: 'gguf' } : layer));
}

function* read(
  manifest: ImageManifest,
  configBytes: Uint8Array | undefined,
  { registry = '', headers }: ReadOptions,
): Steps<ModelArtifact> {
  const config = configSchema.parse(configJson(configBytes));
  const layers = withFusedModel(yield* mapInSteps(manifest.layers, layerOf));
  const tensors = layers.filter(({ descriptor }) => descriptor.mediaType === `${PREFIX}tensor`);
  const hasModel = layers.some(({ role, format }) => role === 'weights' && format === 'gguf');
  if (config.remote_host !== undefined && !hasModel) {
    throw unsupported(
      t(
        'This artifact is a cloud model of Ollama ({0}) and has no weights to download. Choose another tag.',
        singleLine(config.remote_host, 100),
      ),
    );
  }
  if (tensors.length > 0 && !hasModel) {
    throw unsupported(
      t(
        'This artifact has the model as one safetensors blob per tensor, which only Ollama can put together. Choose a tag that has the model as GGUF.',
      ),
    );
  }
  if (hasModel && config.model_format !== undefined && config.model_format.toLowerCase() !== 'gguf') {
    throw unsupported(
      t(
        'This artifact has the model as {0}, which does not run here. Choose a tag that has the model as GGUF.',
        singleLine(config.model_format, 40),
      ),
    );
  }
  return yield* assemble({
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

/** Ollama's models, and those of Hugging Face. */
export const ollama: ArtifactFamily = { recognizes, read };
