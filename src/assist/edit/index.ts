/**
 * The one reader of answers to edits. Pure, without an editor: raw output of a model and the lines to change become new
 * lines, or a reason why not. Applied exactly, or refused; never half, never silently something else.
 *
 * An answer goes through these steps. `speech.ts` takes thoughts, headers and marks of turns out, `segments.ts` splits it
 * into text and blocks, `forms/` reads it in the first form that knows it, `around.ts` finds the part that replaces the
 * original lines, `checks/` refuses what would lose or double lines, `indentation.ts` gives it theirs. `preview.ts` shows
 * what is sure while the answer comes.
 */
export { useTranslations } from '../../base/l10n.ts';
export { goesOn } from './checks/continued.ts';
export { cursorBlock, type LineRange } from './cursorBlock.ts';
export {
  type EditedFile,
  type FileEdit,
  type FileEditsOptions,
  type FileEditsResult,
  readFileEdits,
} from './fileEdits.ts';
export { createEditReader, type EditPreview, type EditReader, readEdit } from './readEdit.ts';
export { type EditResult, REASONS } from './result.ts';
export type { EditContext } from './window.ts';
