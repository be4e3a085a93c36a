/**
 * The edit that a user is likely to make next, from a model that was trained for it; without an editor. One file for each
 * family's format and for each rule about what is not shown.
 */
import { sweep } from './formats/sweep.ts';
import { zeta } from './formats/zeta.ts';
import type { NextEditFormat } from './nextEditFormat.ts';

export type { NextEditFormat } from './nextEditFormat.ts';
export type { ChangedLines, EditedPlace, LineRange } from './place.ts';
export { type AskForEdit, requestNextEdit } from './requestNextEdit.ts';

const FORMATS: readonly NextEditFormat[] = [sweep, zeta];

/** Returns the format of a model by one of its names, or undefined if it was not made for next edits. */
export function nextEditFormat(...names: readonly string[]): NextEditFormat | undefined {
  return FORMATS.find(({ namePattern }) => names.some((name) => namePattern.test(name)));
}
