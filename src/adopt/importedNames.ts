/**
 * References for models that came without one.
 *
 * A GGUF in LM Studio's folder has no registry. Its reference begins with `imported.invalid/`: RFC 6761 (6.4)
 * reserves `.invalid` for names that never resolve, so a pull by mistake, or a mirror, can never bring another
 * content under this name. (`localhost/`, as podman has it, is a registry that may be there.) What follows says
 * which tool and which file: `imported.invalid/lm-studio/publisher/repo:Q4_K_M`.
 *
 * A file of Hugging Face's cache keeps its true origin, `huggingface.co/org/repo:Q4_K_M`: that can be pulled, and
 * gives the same weights.
 */
import { createHash } from 'node:crypto';
import { parseShardName } from '../base/shardName.ts';
import { parseReference, type Reference } from '../oci/index.ts';
import { huggingFace } from '../oci/spec/hosts/huggingFace.ts';

/** The registry of models that came from a file. No such host can exist. */
export const IMPORTED_REGISTRY = 'imported.invalid';

const MAX_PART = 80;

/** Whether a reference names a model that came from a file, and so cannot be pulled. */
export function isImported(reference: Reference): boolean {
  return reference.registry === IMPORTED_REGISTRY;
}

/** A reference in {@link IMPORTED_REGISTRY}. @param parts of the repository's name, of any characters. */
export function importedReference(parts: readonly string[], tag: string): Reference {
  const repository = parts.map(component).join('/');
  // Long paths are told apart by a piece of their hash.
  const short =
    repository.length <= 200
      ? repository
      : `${repository.slice(0, 180).replace(/[^a-z0-9]+$/, '')}-${hashOf(repository)}`;
  return parseReference(`${IMPORTED_REGISTRY}/${short}:${tagOf(tag)}`);
}

/** A reference on Hugging Face; undefined where `repository` is no name there. */
export function huggingFaceReference(repository: string, tag: string): Reference | undefined {
  return tryReference(`${huggingFace.registry}/${repository}:${tag}`);
}

/** The reference that a tool wrote; undefined where it is none. */
export function tryReference(text: string): Reference | undefined {
  try {
    return parseReference(text);
  } catch {
    return undefined; // the caller has another name for it
  }
}

/** `Q4_K_M` of `qwen2.5-coder-1.5b-instruct-q4_k_m.gguf`, as publishers name their files; undefined without one. */
export function quantizationOf(fileName: string): string | undefined {
  const stem = fileStem(fileName);
  const match =
    /(?:^|[-._])((?:UD[-_])?(?:I?Q[1-8](?:_[A-Z0-9]+)*|TQ[12]_0|BF16|F16|F32|FP16|MXFP4(?:_MOE)?|NVFP4))$/i.exec(
      stem,
    );
  return match?.[1]?.toUpperCase();
}

/** A file's name without `.gguf` and without the number of its part. */
export function fileStem(fileName: string): string {
  return parseShardName(fileName)?.prefix ?? fileName.replace(/\.gguf$/i, '');
}

/** Any text as one component of a repository's name (distribution/reference). */
function component(text: string): string {
  const plain = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/[._-]{2,}/g, '-')
    .slice(0, MAX_PART)
    .replaceAll(/^[._-]+|[._-]+$/g, '');
  return plain === '' ? `model-${hashOf(text)}` : plain;
}

/** Any text as a tag. */
function tagOf(text: string): string {
  const plain = text
    .replaceAll(/[^A-Za-z0-9_.-]+/g, '-')
    .slice(0, 128)
    .replace(/^[.-]+/, '');
  return plain === '' ? 'latest' : plain;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
