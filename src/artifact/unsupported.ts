/** Errors for what is no model, and sentences for models that do not run here: what it is, and what to do. */
import { ModelError } from '../base/error.ts';
import { singleLine } from '../base/text.ts';
import type { ImageManifest } from '../oci/spec/manifest.ts';
import type { FileRole, ModelFormat } from './artifact.ts';

/** @param what as in “This artifact `is a container image`”. @param remedy a sentence without its full stop. */
export function unsupported(what: string, remedy: string): ModelError {
  return new ModelError('unsupported-artifact', `This artifact ${what}. ${remedy}.`);
}

/** The error for an artifact whose only files go with a model that is not in it; undefined if there are none. */
export function onlyCompanions(roles: readonly FileRole[]): ModelError | undefined {
  if (roles.includes('adapter')) {
    return unsupported(
      'has only an adapter (LoRA) and not the model that it is for',
      'Choose the model itself',
    );
  }
  if (roles.includes('projector')) {
    return unsupported(
      'has only a projector for images and not the model that it is for',
      'Choose the model itself',
    );
  }
  return undefined;
}

const MODEL_REMEDY = 'Choose a tag or a repository that has a model';

const REASONS: Readonly<Record<Exclude<ModelFormat, 'gguf'>, string>> = {
  safetensors: 'Not runnable here: safetensors, serve it with vLLM.',
  dduf: 'Not runnable here: DDUF, an image generation model.',
  other: 'Not runnable here: it has no GGUF file.',
};

/** Why a model of this format does not run here. */
export function notRunnable(format: ModelFormat): string {
  return format === 'gguf' ? '' : REASONS[format];
}

const IMAGE = 'is a container image';
const IMAGE_REMEDY = 'Run it with a container tool, or choose a repository that has the model as an artifact';

/** The error for a container image that is a program. */
export function containerImage(): ModelError {
  return unsupported(IMAGE, IMAGE_REMEDY);
}

/** What a media type says that an artifact is, where no reader knew it. The first match counts. */
const KINDS: readonly { readonly pattern: RegExp; readonly what: string; readonly remedy: string }[] = [
  { pattern: /diffusers/, what: 'is an image generation model', remedy: 'Choose a text model' },
  {
    pattern: /(?:lora|\.adapter)$/,
    what: 'has only an adapter (LoRA) and not the model that it is for',
    remedy: 'Choose the model itself',
  },
  {
    pattern: /(?:mmproj|\.projector)$/,
    what: 'has only a projector for images and not the model that it is for',
    remedy: 'Choose the model itself',
  },
  { pattern: /^application\/vnd\.cncf\.helm\./, what: 'is a Helm chart', remedy: MODEL_REMEDY },
  { pattern: /^application\/(?:vnd\.)?wasm/, what: 'is a WebAssembly module', remedy: MODEL_REMEDY },
  {
    pattern: /cosign|sigstore|in-toto|notary/,
    what: 'is a signature or an attestation',
    remedy: 'Choose the model that it belongs to',
  },
  {
    pattern: /spdx|cyclonedx/,
    what: 'is a bill of materials',
    remedy: 'Choose the model that it belongs to',
  },
  {
    pattern: /^application\/vnd\.(?:oci\.image\.layer\.|docker\.image\.rootfs\.)/,
    what: IMAGE,
    remedy: IMAGE_REMEDY,
  },
];

/** Names of files that a message has. */
const MAX_NAMES = 3;

/** `README.md, LICENSE and 2 more`; empty if the layers have no titles. */
function titlesOf(layers: ImageManifest['layers']): string {
  const titles = layers.flatMap(({ annotations }) => annotations?.['org.opencontainers.image.title'] || []);
  const more = titles.length > MAX_NAMES ? ` and ${titles.length - MAX_NAMES} more` : '';
  return (
    titles
      .slice(0, MAX_NAMES)
      .map((title) => singleLine(title, 60))
      .join(', ') + more
  );
}

function typesOf({ artifactType, config, layers }: ImageManifest): string[] {
  return [artifactType, config?.mediaType, ...layers.map(({ mediaType }) => mediaType)].filter(
    (type) => type !== undefined && type !== '',
  ) as string[];
}

/** Tells whether its types say that an artifact is something else than a model or files. */
export function isSomethingElse(manifest: ImageManifest): boolean {
  const types = typesOf(manifest);
  return KINDS.some(({ pattern, what }) => what !== IMAGE && types.some((type) => pattern.test(type)));
}

/** Says what an artifact is that no reader takes. */
export function explainUnsupported(manifest: ImageManifest): ModelError {
  const { layers, subject } = manifest;
  const types = typesOf(manifest);
  for (const { pattern, what, remedy } of KINDS) {
    if (!types.some((type) => pattern.test(type))) continue;
    // Files that were pushed without a type have the type of an image's layers.
    if (what === IMAGE && subject !== undefined) break;
    const titles = what === IMAGE ? titlesOf(layers) : '';
    return titles === ''
      ? unsupported(what, remedy)
      : unsupported(`has files and no model among them (${titles})`, MODEL_REMEDY);
  }
  if (subject !== undefined) {
    return unsupported(
      'belongs to another artifact and has no model in it',
      'Choose the model that it belongs to',
    );
  }
  const [type] = types;
  const shown = type === undefined ? '' : ` (its type is ${singleLine(type, 100)})`;
  return unsupported(`has no model in it${shown}`, MODEL_REMEDY);
}
