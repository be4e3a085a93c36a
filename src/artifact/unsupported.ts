/** Errors for what is not a model that runs here: what it is, and what to do. */
import { ModelError } from '../base/error.ts';

/** @param what as in “This artifact `is a container image`”. @param remedy a sentence without its full stop. */
export function unsupported(what: string, remedy: string): ModelError {
  return new ModelError('unsupported-artifact', `This artifact ${what}. ${remedy}.`);
}

const GGUF_REMEDY = 'Choose a tag or a repository that has the model as a GGUF file';

/** What a media type says that an artifact is, where no reader knew it. The first match counts. */
const KINDS: readonly { readonly pattern: RegExp; readonly what: string; readonly remedy: string }[] = [
  {
    pattern: /^application\/vnd\.kitops\.modelkit\./,
    what: 'is a KitOps ModelKit, which has its model in a tar archive',
    remedy: 'Unpack it with “kit unpack” and use the GGUF file, or choose another package of the model',
  },
  {
    pattern: /safetensors|^application\/vnd\.ollama\.image\.tensor$/,
    what: 'has the model as safetensors, which only runs on a server with a GPU',
    remedy: GGUF_REMEDY,
  },
  { pattern: /\bdduf\b|diffusers/, what: 'is an image generation model', remedy: 'Choose a text model' },
  {
    pattern: /^application\/vnd\.(?:cncf|cnai)\.model\.weight\.v1\.tar/,
    what: 'has the model in a tar archive',
    remedy: 'Choose a package of the model whose layer is the GGUF file itself',
  },
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
  {
    pattern: /^application\/vnd\.cncf\.helm\./,
    what: 'is a Helm chart',
    remedy: 'Choose a repository that has a model',
  },
  {
    pattern: /cosign|sigstore|in-toto/,
    what: 'is a signature or an attestation',
    remedy: 'Choose the model that it belongs to',
  },
  {
    pattern: /^application\/vnd\.(?:oci\.image\.layer\.|docker\.image\.rootfs\.)/,
    what: 'is a container image',
    remedy: 'Run it with a container tool, or choose a repository that has the model as an artifact',
  },
];

/** Says what an artifact is that no reader takes, from its media types in the order of their weight. */
export function explainUnsupported(
  mediaTypes: readonly string[],
  artifactType: string | undefined,
): ModelError {
  for (const { pattern, what, remedy } of KINDS) {
    if (mediaTypes.some((mediaType) => pattern.test(mediaType))) return unsupported(what, remedy);
  }
  const type = artifactType ?? mediaTypes.find((mediaType) => mediaType !== '');
  const shown = type === undefined ? '' : ` (its type is ${type.slice(0, 100)})`;
  return unsupported(`has no GGUF model in it${shown}`, GGUF_REMEDY);
}
