/** Errors for artifacts without a model, and reasons for models that do not run here: what it is, and what to do. */
import { ModelError } from '../base/error.ts';
import { type Localized, t } from '../base/l10n.ts';
import { singleLine } from '../base/text.ts';
import type { ImageManifest } from '../oci/spec/manifest.ts';
import type { FileRole, ModelFormat } from './artifact.ts';
import { shownNames } from './names/shownNames.ts';

/** The error of an artifact that cannot be used. */
export function unsupported(message: Localized): ModelError {
  return new ModelError('unsupported-artifact', message);
}

function onlyAdapter(): Localized {
  return t('This artifact has only an adapter (LoRA) and not its model. Choose the model itself.');
}

function onlyProjector(): Localized {
  return t('This artifact has only a projector for images and not its model. Choose the model itself.');
}

/**
 * Returns the error of an artifact whose only files accompany a model it lacks, or undefined if it has no such files.
 */
export function onlyCompanions(roles: readonly FileRole[]): ModelError | undefined {
  if (roles.includes('adapter')) return unsupported(onlyAdapter());
  return roles.includes('projector') ? unsupported(onlyProjector()) : undefined;
}

/** Returns the sentence that says why a model of this format does not run here. */
export function notRunnable(format: Exclude<ModelFormat, 'gguf'>): Localized {
  switch (format) {
    case 'safetensors':
      return t('Not runnable here: a safetensors model, which vLLM can serve.');
    case 'dduf':
      return t('Not runnable here: a DDUF, which is an image generation model.');
    case 'other':
      return t('Not runnable here: it has no GGUF file.');
  }
}

/** The error of a container image that is a program. */
export function isContainerImage(): ModelError {
  return unsupported(
    t(
      'This artifact is a container image. Run it with a container tool, or choose a repository that has the model as an artifact.',
    ),
  );
}

const IMAGE_LAYER = /^application\/vnd\.(?:oci\.image\.layer\.|docker\.image\.rootfs\.)/;

/** Media types of artifacts that no family recognizes, with their explanation. The first match counts. */
const KINDS: readonly { readonly pattern: RegExp; readonly explain: () => Localized }[] = [
  {
    pattern: /diffusers/,
    explain: () => t('This artifact is an image generation model. Choose a text model.'),
  },
  { pattern: /(?:lora|\.adapter)$/, explain: onlyAdapter },
  { pattern: /(?:mmproj|\.projector)$/, explain: onlyProjector },
  {
    pattern: /^application\/vnd\.cncf\.helm\./,
    explain: () => t('This artifact is a Helm chart. Choose a tag or a repository that has a model.'),
  },
  {
    pattern: /^application\/(?:vnd\.)?wasm/,
    explain: () => t('This artifact is a WebAssembly module. Choose a tag or a repository that has a model.'),
  },
  {
    pattern: /cosign|sigstore|in-toto|notary/,
    explain: () => t('This artifact is a signature or an attestation. Choose the model that it belongs to.'),
  },
  {
    pattern: /spdx|cyclonedx/,
    explain: () => t('This artifact is a bill of materials. Choose the model that it belongs to.'),
  },
];

/** Lists the titles of layers; empty if there are none. */
function titlesOf(layers: ImageManifest['layers']): string {
  return shownNames(
    layers.flatMap(({ annotations }) => annotations?.['org.opencontainers.image.title'] || []),
  );
}

function typesOf({ artifactType, config, layers }: ImageManifest): string[] {
  return [artifactType, config?.mediaType, ...layers.map(({ mediaType }) => mediaType)].filter(
    (type) => type !== undefined && type !== '',
  ) as string[];
}

/** Returns true if its types say that an artifact is something other than a model or plain files. */
export function isSomethingElse(manifest: ImageManifest): boolean {
  const types = typesOf(manifest);
  return KINDS.some(({ pattern }) => types.some((type) => pattern.test(type)));
}

/** Returns the error of an artifact that no family recognizes. */
export function explainUnsupported(manifest: ImageManifest): ModelError {
  const { layers, subject } = manifest;
  const types = typesOf(manifest);
  const known = KINDS.find(({ pattern }) => types.some((type) => pattern.test(type)));
  if (known !== undefined) return unsupported(known.explain());
  if (subject !== undefined) {
    return unsupported(
      t(
        'This artifact belongs to another artifact and has no model in it. Choose the model that it belongs to.',
      ),
    );
  }
  if (types.some((type) => IMAGE_LAYER.test(type))) return imageOrFiles(titlesOf(layers));
  const [type] = types;
  return unsupported(
    type === undefined
      ? t('This artifact has no model in it. Choose a tag or a repository that has one.')
      : t(
          'This artifact has no model in it (its type is {0}). Choose a tag or a repository that has one.',
          singleLine(type, 100),
        ),
  );
}

/** Files that were pushed without a type have that of image layers, but unlike those they have titles. */
function imageOrFiles(titles: string): ModelError {
  if (titles === '') return isContainerImage();
  return unsupported(
    t('This artifact has no model, only files ({0}). Choose a tag or a repository that has one.', titles),
  );
}
