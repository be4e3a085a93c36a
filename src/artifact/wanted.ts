/**
 * Decides which files of a container image may belong to a model.
 *
 *  1. Every file that begins like a GGUF, because RamaLama and Ollama use names without an extension. This is why the
 *     first bytes of each file are read.
 *  2. Files with names of weights, configs, tokenizers, templates and licenses (names/roles.ts). All but weights count
 *     only up to 64 MiB, and are kept only if weights are in the same folder.
 *  3. Nothing below the folders of an operating system and of program packages, which have examples, test data and
 *     vocabularies that look the same.
 */
import { hasWeightsEnding } from './names/formats.ts';
import { isModelFileName } from './names/roles.ts';

/** Largest file that accompanies weights, in bytes; tokenizers reach some thirty megabytes. */
const MAX_COMPANION_BYTES = 64 * 1024 * 1024;
const GGUF_MAGIC = 'GGUF';
/** Number of first bytes that identify a GGUF. */
export const GGUF_MAGIC_BYTES = GGUF_MAGIC.length;

/** Folders at an image's root that belong to the operating system. */
const SYSTEM =
  /^(?:bin|boot|dev|etc|lib|lib32|lib64|libx32|proc|run|sbin|sys|usr|tmp|var\/(?:cache|lib|log|run|tmp))\//;
/** Folders of packages, at any depth. */
const PACKAGES = /(?:^|\/)(?:site-packages|dist-packages|node_modules|\.git|__pycache__)\//;
/** llama.cpp's vocabularies, which are GGUF files without a model. */
const VOCABULARY = /(?:^|\/)ggml-vocab-[^/]*\.gguf$/;
/** Attributes that macOS stores beside a file. */
const APPLE_DOUBLE = /(?:^|\/)\._[^/]*$/;
/** Folders below those of the system where people mount or copy models all the same. */
const SYSTEM_BUT_MODELS = /^(?:usr\/(?:local\/)?share\/models?|var\/lib\/[^/]+\/models)\//;

/** Returns true if a file at `path` is ignored. */
export function isForeign(path: string): boolean {
  if (PACKAGES.test(path) || VOCABULARY.test(path) || APPLE_DOUBLE.test(path)) return true;
  return SYSTEM.test(path) && !SYSTEM_BUT_MODELS.test(path);
}

/** Returns true if a file is wanted because of its name. @param size bytes. */
export function isWantedByName(path: string, size: number): boolean {
  return isModelFileName(path) && (hasWeightsEnding(path) || size <= MAX_COMPANION_BYTES);
}

/** Returns true if a file begins like a GGUF. @param head its first bytes. */
export function isGguf(head: Uint8Array): boolean {
  return Buffer.from(head.subarray(0, GGUF_MAGIC_BYTES)).toString('latin1') === GGUF_MAGIC;
}
