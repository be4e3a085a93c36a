/**
 * Makes references for models that have none.
 *
 * A GGUF in LM Studio's folder has no registry. Its reference begins with `imported.invalid/`: RFC 6761 (6.4)
 * reserves `.invalid` for names that never resolve, so neither a pull by mistake nor a mirror can bring other content
 * under this name. (`localhost/`, as in podman, may be a real registry.) The rest names the tool and the file:
 * `imported.invalid/lm-studio/publisher/repo:Q4_K_M`.
 *
 * A file of Hugging Face's cache keeps its true origin, `huggingface.co/org/repo:Q4_K_M`, which can be pulled and
 * gives the same weights.
 */
import { createHash } from 'node:crypto';
import { parseShardName } from '../base/shardName.ts';
import { parseReference, type Reference } from '../oci/index.ts';
import { huggingFace } from '../oci/spec/hosts/huggingFace.ts';

/** The registry of models that were imported from a file. No such host can exist. */
export const IMPORTED_REGISTRY = 'imported.invalid';

const MAX_PART = 80;

/** Returns true if a reference names a model that was imported from a file and so cannot be pulled. */
export function isImported(reference: Reference): boolean {
  return reference.registry === IMPORTED_REGISTRY;
}

/** Makes a reference in {@link IMPORTED_REGISTRY}. @param parts of the repository's name, in any characters. */
export function importedReference(parts: readonly string[], tag: string): Reference {
  const repository = parts.map(component).join('/');
  // A part of the hash keeps long paths distinct.
  const short =
    repository.length <= 200
      ? repository
      : `${repository.slice(0, 180).replace(/[^a-z0-9]+$/, '')}-${hashOf(repository)}`;
  return parseReference(`${IMPORTED_REGISTRY}/${short}:${tagOf(tag)}`);
}

/** Makes a reference on Hugging Face. Returns undefined if `repository` is not a valid name there. */
export function huggingFaceReference(repository: string, tag: string): Reference | undefined {
  return tryReference(`${huggingFace.registry}/${repository}:${tag}`);
}

/** Parses a reference that a tool wrote. Returns undefined if it is invalid. */
export function tryReference(text: string): Reference | undefined {
  try {
    return parseReference(text);
  } catch {
    return undefined; // the caller makes up another name
  }
}

/** Finds `Q4_K_M` in `qwen2.5-coder-1.5b-instruct-q4_k_m.gguf`, as publishers name their files, or undefined. */
export function quantizationOf(fileName: string): string | undefined {
  const stem = fileStem(fileName);
  const match =
    /(?:^|[-._])((?:UD[-_])?(?:I?Q[1-8](?:_[A-Z0-9]+)*|TQ[12]_0|BF16|F16|F32|FP16|MXFP4(?:_MOE)?|NVFP4))$/i.exec(
      stem,
    );
  return match?.[1]?.toUpperCase();
}

/** Returns a file's name without `.gguf` and without the number of its part. */
export function fileStem(fileName: string): string {
  return parseShardName(fileName)?.prefix ?? fileName.replace(/\.gguf$/i, '');
}

/** Turns any text into one component of a repository's name (distribution/reference). */
function component(text: string): string {
  const plain = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/[._-]{2,}/g, '-')
    .slice(0, MAX_PART)
    .replaceAll(/^[._-]+|[._-]+$/g, '');
  return plain === '' ? `model-${hashOf(text)}` : plain;
}

/** Turns any text into a tag. */
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
