/**
 * Formats by the name under which a server serves a model. The vocabulary of a model on a server cannot be seen, so its
 * name is all there is; a model whose name tells nothing is not asked to fill in.
 */
import { barred } from './barred.ts';
import { codeGemma } from './codeGemma.ts';
import { codestral } from './codestral.ts';
import { deepSeek } from './deepSeek.ts';
import type { FimFormat } from './fimFormat.ts';
import { granite } from './granite.ts';
import { mellum } from './mellum.ts';
import { qwen } from './qwen.ts';
import { seedCoder } from './seedCoder.ts';
import { starCoder } from './starCoder.ts';
import { starCoder2 } from './starCoder2.ts';

/** The first pattern that matches decides. */
const NAMES: readonly (readonly [RegExp, FimFormat])[] = [
  [/codestral/i, codestral],
  [/seed-?coder|zeta-?2/i, seedCoder],
  [/mellum/i, mellum],
  [/starcoder-?2/i, starCoder2],
  [/starcoder|stable-?code|codeqwen|refact|granite.*code/i, starCoder],
  [/granite-?4/i, granite],
  [/deepseek-?coder/i, deepSeek],
  [/codegemma/i, codeGemma],
  [/qwen.*coder|sweep-next-edit/i, qwen],
  [/fim/i, barred],
];

/** Returns the format of a model by its name, or undefined if the name tells none. */
export function fimFormatByName(name: string): FimFormat | undefined {
  return NAMES.find(([pattern]) => pattern.test(name))?.[1];
}
