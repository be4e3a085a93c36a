/**
 * White space that an answer changes and that is not taken over: an answer that changes nothing else may be about that,
 * so it is taken as it stands if the user asked for it, and refused if not.
 */
import { documentUnit } from './levels.ts';
import { REASONS, refuse } from './result.ts';
import { indentOf, isBlank, isFilled, keyOf, sameLines, type Window } from './window.ts';
import { asksFor } from './wording/intent.ts';

/**
 * Returns the new lines of an answer that may differ from the original ones in indentation alone.
 * @param given the lines as they were in the answer.
 * @param lines the same lines, indented as in the document.
 * @throws Refused if the indentation was changed, and it is not clear if that is meant.
 */
export function withWantedIndent(
  given: readonly string[],
  lines: readonly string[],
  window: Window,
): readonly string[] {
  const { instruction } = window;
  const own = window.original.filter(isFilled);
  const answered = given.filter(isFilled);
  const isSame = own.length > 0 && sameLines(own, lines.filter(isFilled));
  if (!isSame || sameLines(own, answered) || !sameLines(own.map(keyOf), answered.map(keyOf))) return lines;
  const isAsked = asksFor(instruction, 'indent');
  const unit = documentUnit(window);
  if (isAsked && (isShifted(own, answered, unit) || isInOtherUnit(own, answered, unit))) {
    const rest = answered.values();
    return lines.map((line) => (isBlank(line) ? line : (rest.next().value ?? line)));
  }
  const base = indentOf(own[0] ?? '');
  const isLost = sameLines(
    own,
    answered.map((line) => base + line),
  );
  // Many models leave the indentation of all lines out. Others may be about the empty lines between.
  if (!isAsked && (isLost || (asksFor(instruction, 'layout') && !sameLines(lines, window.original))))
    return lines;
  return refuse(isAsked ? REASONS.indentation() : REASONS.onlyIndentation());
}

/**
 * Tells if all lines are deeper by the same white space, or less deep by one level. Those that are less deep by more may
 * have lost all of their indentation.
 */
function isShifted(own: readonly string[], answered: readonly string[], unit: string): boolean {
  const [old, fresh] = [indentOf(own[0] ?? ''), indentOf(answered[0] ?? '')];
  const isDeeper = fresh.length > old.length;
  const step = isDeeper ? fresh.slice(old.length) : old.slice(fresh.length);
  const [deeper, less] = isDeeper ? [answered, own] : [own, answered];
  const isWhole = isDeeper ? step !== '' : step === unit;
  return isWhole && deeper.every((line, index) => line === step + (less[index] ?? ''));
}

/** Tells if all lines are as deep as before, in another unit: tabs in place of spaces, or more spaces for each level. */
function isInOtherUnit(own: readonly string[], answered: readonly string[], unit: string): boolean {
  const levelOf = (line: string): number => indentOf(line).length / unit.length;
  const first = own.findIndex((line) => levelOf(line) > 0);
  if (first < 0) return false;
  const deep = indentOf(answered[first] ?? '');
  const fresh = deep.slice(0, deep.length / levelOf(own[first] ?? ''));
  if (!/^(?:\t| {2,8})$/.test(fresh) || fresh === unit) return false;
  return own.every((line, index) => {
    const level = levelOf(line);
    const isWhole = Number.isInteger(level) && indentOf(line) === unit.repeat(level);
    return isWhole && answered[index] === fresh.repeat(level) + line.slice(indentOf(line).length);
  });
}
