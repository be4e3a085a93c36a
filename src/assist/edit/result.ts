/** The result of reading an answer. */
import type { Localized } from '../../base/l10n.ts';
import { t } from '../../base/l10n.ts';
import { singleLine } from '../../base/text.ts';

/** The meaning of an answer: the new lines, that nothing changes, or a reason why it cannot be applied. */
export type EditResult =
  | {
      readonly kind: 'lines';
      /** The lines that replace the original ones; none if all of them are deleted. */
      readonly lines: readonly string[];
      /** Sentences for the user about what was left out or adapted. */
      readonly notes: readonly Localized[];
    }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly reason: Localized };

/** Thrown while an answer is read, and turned into a result where reading began. */
export class Refused extends Error {
  readonly reason: Localized;

  constructor(reason: Localized) {
    super(reason);
    this.reason = reason;
  }
}

/** Longest quotation of a line or a path, in characters. */
const MAX_QUOTED = 80;
/** Longest quotation of a model that says no, in characters. */
const MAX_SAID = 160;

function quote(text: string, max = MAX_QUOTED): string {
  return singleLine(text, max);
}

/** The reasons for a refusal, each in one place because several forms have them. */
export const REASONS = {
  empty: () => t('The model answered nothing. Rephrase the instruction, or use a larger model.'),
  prose: () => t('The model answered without code. Rephrase the instruction, or use a larger model.'),
  declined: (said: string) => t('The model declined: “{0}”', quote(said, MAX_SAID)),
  cut: () =>
    t(
      'The answer was cut off before its end. Select fewer lines, or allow longer answers in the settings of OCI Models.',
    ),
  thought: () =>
    t(
      'The model was still thinking when its answer ended. Allow longer answers, or use a model that does not think.',
    ),
  lazy: () => t('The answer leaves out lines that it only mentions. Select fewer lines, and try again.'),
  lost: () =>
    t(
      'The answer leaves out a part of the selected lines. Select fewer lines, or say that they should be removed.',
    ),
  several: (count: number) =>
    t(
      'The answer has {0} blocks of code, and it is not clear which one to use. Ask for a single block.',
      count,
    ),
  outside: () =>
    t('The answer also changes lines outside of the selection. Select them as well, and try again.'),
  unclear: () => t('The place of the answer’s lines is not clear. Select whole functions, and try again.'),
  mixed: () => t('Text and code are mixed in the answer, so its lines are not clear. Try again.'),
  fences: () => t('It is not clear where the block of code in the answer ends. Try again.'),
  /** @param line the first line that is nowhere. @param nearest the line of the file that is most like it. */
  missing: (line: string, nearest: string | undefined): Localized => {
    const [wanted, closest] = [quote(line), quote(nearest ?? '')];
    if (wanted === '') return REASONS.unclear();
    // Long lines that differ behind their quotations look the same.
    return closest === '' || closest === wanted
      ? t('The answer changes lines that are not there: “{0}”. Try again.', wanted)
      : t(
          'The answer changes lines that are not there: “{0}”. The closest one is “{1}”. Try again.',
          wanted,
          closest,
        );
  },
  /** @param line the first of lines that are all there, but not one below the other. */
  apart: (line: string) =>
    t('The answer changes lines that do not follow each other, from “{0}” on. Try again.', quote(line)),
  repeated: (line: string): Localized =>
    quote(line) === ''
      ? REASONS.unclear()
      : t(
          'The answer changes lines that occur several times: “{0}”. Select fewer lines, and try again.',
          quote(line),
        ),
  overlap: () => t('The answer changes the same lines twice. Try again.'),
  malformed: () => t('The changes in the answer are not well formed. Try again.'),
  call: () => t('The model called a tool instead of answering with code. Try again.'),
  encoded: () => t('Characters in the answer may be encoded, and it is not clear how. Try again.'),
  numbered: () => t('The answer’s lines seem to be numbered, and it is not clear how. Try again.'),
  indentation: () => t('The indentation of the answer is not clear. Select whole lines, and try again.'),
  emptyLines: () =>
    t(
      'It is not clear if the empty lines around the new ones belong to them. Try again, or say if you want them.',
    ),
  onlyEmptyLines: () =>
    t(
      'The answer has the same lines, with other empty lines around them. If you want those, say so, and try again.',
    ),
  onlyIndentation: () =>
    t('The answer has the same lines, only indented differently. If you want that, say so, and try again.'),
  language: (language: string) => t('The answer is in another language ({0}). Try again.', quote(language)),
  example: () => t('The answer also has an example of use, and it is not clear where it ends. Try again.'),
  comment: () =>
    t('The answer has only a comment in place of the code. Rephrase the instruction, or try again.'),
  snippet: (path: string) =>
    t(
      'The answer has only a part of {0}, and it is not clear which lines it replaces. Try again.',
      quote(path),
    ),
  path: (path: string): Localized =>
    quote(path) === ''
      ? REASONS.noPath()
      : t('The answer names a file that is not among those to edit: {0}. Try again.', quote(path)),
  deleted: (path: string): Localized =>
    quote(path) === ''
      ? REASONS.noPath()
      : t('The answer deletes {0}. Delete the file yourself if you want that.', quote(path)),
  noPath: () => t('The answer does not say which files it changes. Try again.'),
  files: () => t('The answer changes several files. Use the chat for changes of several files.'),
} as const;

/** Refuses the answer. */
export function refuse(reason: Localized): never {
  throw new Refused(reason);
}
