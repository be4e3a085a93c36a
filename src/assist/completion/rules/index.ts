/** The rules about code, in one table: first those that end a completion, then those that drop it. */
import { closedBracket } from './closedBracket.ts';
import { dedent } from './dedent.ts';
import { lineAbove } from './lineAbove.ts';
import { linesBelow } from './linesBelow.ts';
import { oneLine } from './oneLine.ts';
import { oneStatement } from './oneStatement.ts';
import { repeatedLines } from './repeatedLines.ts';
import { restOfLine } from './restOfLine.ts';
import { returnPlace } from './returnPlace.ts';
import type { Rule } from './rule.ts';
import { seam } from './seam.ts';
import { suffixStart } from './suffixStart.ts';

export const RULES: readonly Rule[] = [
  seam,
  dedent,
  returnPlace,
  oneLine,
  suffixStart,
  oneStatement,
  closedBracket,
  repeatedLines,
  restOfLine,
  lineAbove,
  linesBelow,
];
