/** The formats of weights, as the endings of files tell them. */
import { MODEL_FORMATS, type ModelFormat } from '../artifact.ts';
import { baseName } from './fileName.ts';

/** The ending of a file of each format, with its dot. */
export const EXTENSIONS: Readonly<Record<ModelFormat, string>> = {
  gguf: '.gguf',
  safetensors: '.safetensors',
  dduf: '.dduf',
  other: '',
};

/** Endings that files of weights have in one format or another. */
const WEIGHTS = /\.(?:gguf|safetensors|dduf|bin|pth?|onnx)$/i;

/** Tells whether a file is named as weights are. A `.bin` may still be something else. */
export function hasWeightsEnding(path: string): boolean {
  return WEIGHTS.test(path);
}

/** The format that the ending of a file says; `other` if it is that of no single format. */
export function formatOfEnding(path: string): ModelFormat {
  const name = baseName(path).toLowerCase();
  return MODEL_FORMATS.find((format) => name.endsWith(EXTENSIONS[format])) ?? 'other';
}
