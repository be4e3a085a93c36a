/**
 * Formats of fill-in-the-middle, one file a family, in one table. A family is recognized by the special tokens of a
 * model's vocabulary and not by its name: names of files are anybody's choice, and a prompt with a mark that is no token
 * would be read as text.
 */
import { ModelError } from '../../../base/error.ts';
import { t } from '../../../base/l10n.ts';
import { barred } from './barred.ts';
import { codeGemma } from './codeGemma.ts';
import { codeLlama } from './codeLlama.ts';
import { codestral } from './codestral.ts';
import { deepSeek } from './deepSeek.ts';
import { falcon } from './falcon.ts';
import type { FimFormat } from './fimFormat.ts';
import { glm } from './glm.ts';
import { granite } from './granite.ts';
import { mellum } from './mellum.ts';
import { qwen } from './qwen.ts';
import { seedCoder } from './seedCoder.ts';
import { starCoder } from './starCoder.ts';
import { starCoder2 } from './starCoder2.ts';

export type { Mark } from '../../completion.ts';
export { fimFormatByName } from './byName.ts';
export { type FimContext, type FimFormat, mark } from './fimFormat.ts';
export { aroundHole, hole } from './hole.ts';

/** The first format whose marks a vocabulary has is the model's, so those with more marks come first. */
export const FIM_FORMATS: readonly FimFormat[] = [
  qwen,
  codeGemma,
  granite,
  barred,
  mellum,
  starCoder2,
  starCoder,
  deepSeek,
  codestral,
  seedCoder,
  codeLlama,
  glm,
  falcon,
];

/** A model as its vocabulary and its publisher describe it. */
export interface FimModel {
  /** Texts of the special tokens. */
  readonly marks: readonly string[];
  /** Shown to the user; it also tells Mellum from StarCoder. */
  readonly name: string;
}

/**
 * Returns the format of a model.
 * @throws ModelError `unsupported-artifact` if its vocabulary has no marks for it.
 */
export function fimFormat({ marks, name }: FimModel): FimFormat {
  const known = new Set(marks);
  const found = FIM_FORMATS.find(
    (format) => format.marks.every((mark) => known.has(mark)) && (format.namePattern?.test(name) ?? true),
  );
  if (found !== undefined) return withRepository(found, known);
  const message = t(
    '{0} cannot complete code: its vocabulary has no marks for fill-in-the-middle. Choose a model that was trained for it, such as Qwen2.5-Coder.',
    name,
  );
  throw new ModelError('unsupported-artifact', message);
}

/** A vocabulary can have the marks of the hole, but not those of files. */
function withRepository(format: FimFormat, known: ReadonlySet<string>): FimFormat {
  const hasMarks = format.repository?.marks.every((mark) => known.has(mark)) ?? true;
  return hasMarks ? format : { ...format, repository: undefined };
}
