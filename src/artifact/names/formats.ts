/** Recognizes the formats of weights by file extensions. */
import { MODEL_FORMATS, type ModelFormat } from '../artifact.ts';
import { baseName } from './fileName.ts';

/** The file extension of each format, with its dot. */
export const EXTENSIONS: Readonly<Record<ModelFormat, string>> = {
  gguf: '.gguf',
  safetensors: '.safetensors',
  dduf: '.dduf',
  other: '',
};

/** Extensions of weights in any format. */
const WEIGHTS = /\.(?:gguf|safetensors|dduf|bin|pth?|onnx)$/i;

/** Returns true if a file has an extension of weights. A `.bin` may still be something else. */
export function hasWeightsEnding(path: string): boolean {
  return WEIGHTS.test(path);
}

/** Returns the format that a file extension implies; `other` if it is not that of a single format. */
export function formatOfEnding(path: string): ModelFormat {
  const name = baseName(path).toLowerCase();
  return MODEL_FORMATS.find((format) => name.endsWith(EXTENSIONS[format])) ?? 'other';
}
