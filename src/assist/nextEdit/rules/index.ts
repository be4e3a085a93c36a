/** The rules about next edits, in one table. */
import { brackets } from './brackets.ts';
import { halfDeleted } from './halfDeleted.ts';
import { repeated } from './repeated.ts';
import type { NextEditRule } from './rule.ts';
import { undone } from './undone.ts';

export const NEXT_EDIT_RULES: readonly NextEditRule[] = [halfDeleted, repeated, undone, brackets];
