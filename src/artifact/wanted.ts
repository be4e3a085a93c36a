/**
 * Which files of a container image may belong to a model.
 *
 *  1. Every file that begins as a GGUF does, whatever its name is: RamaLama and Ollama give names without
 *     extension. So the first bytes of each file of some size are looked at.
 *  2. Files named as weights, configs, tokenizers, templates and licences are (artifact/names.ts); those that are
 *     no weights only up to 64 MiB, and kept only where weights are in the same folder.
 *  3. Nothing below the folders of an operating system and of program packages, which have examples, test data
 *     and vocabularies that look the same.
 */
import { hasWeightsEnding } from './names/formats.ts';
import { isModelFileName } from './names/roles.ts';

/** Bytes of the largest file beside weights: tokenizers reach some thirty megabytes. */
const MAX_COMPANION_BYTES = 64 * 1024 * 1024;
const GGUF_MAGIC = 'GGUF';
/** Bytes that tell a GGUF. */
export const GGUF_MAGIC_BYTES = GGUF_MAGIC.length;

/** Folders at an image's root that an operating system owns. */
const SYSTEM =
  /^(?:bin|boot|dev|etc|lib|lib32|lib64|libx32|proc|run|sbin|sys|usr|tmp|var\/(?:cache|lib|log|run|tmp))\//;
/** Folders of packages, anywhere. */
const PACKAGES = /(?:^|\/)(?:site-packages|dist-packages|node_modules|\.git|__pycache__)\//;
/** llama.cpp's vocabularies: GGUF files without a model. */
const VOCABULARY = /(?:^|\/)ggml-vocab-[^/]*\.gguf$/;
/** Attributes that macOS keeps beside a file. */
const APPLE_DOUBLE = /(?:^|\/)\._[^/]*$/;
/** Where people mount or copy models all the same. */
const SYSTEM_BUT_MODELS = /^(?:usr\/(?:local\/)?share\/models?|var\/lib\/[^/]+\/models)\//;

/** Whether a file at `path` is not looked at. */
export function isForeign(path: string): boolean {
  if (PACKAGES.test(path) || VOCABULARY.test(path) || APPLE_DOUBLE.test(path)) return true;
  return SYSTEM.test(path) && !SYSTEM_BUT_MODELS.test(path);
}

/** Whether a file is wanted by its name. @param size bytes. */
export function isWantedByName(path: string, size: number): boolean {
  return isModelFileName(path) && (hasWeightsEnding(path) || size <= MAX_COMPANION_BYTES);
}

/** @param head the first bytes of a file. */
export function isGguf(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, GGUF_MAGIC_BYTES)).toString('latin1') === GGUF_MAGIC;
}
