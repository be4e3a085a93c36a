/** Finds an example of use that models put behind the lines they were asked for, in the same block. */
import { declaredNames } from './code/declarations.ts';
import { insides } from './code/lexer.ts';
import { isCommentLine } from './code/words.ts';
import { REASONS, refuse } from './result.ts';
import { indentOf, isBlank, isTelling, type Window } from './window.ts';
import { asksFor, asksForRuns } from './wording/intent.ts';

/** A comment that says nothing but this; others are about the code below them. */
const COMMENT =
  /^\s*(?:\/\/|\/\*+|#|--|;|%)+\s*(?:(?:an? )?examples?(?: of (?:use|usage))?|(?:example|sample) usages?|usages?(?: examples?)?|driver code|test (?:the |this )?(?:function|method|class|code))(?: (?:of|for) .*)?\s*[:.]?\s*(?:\*\/)?\s*$/i;
const MAIN = /^if __name__ == ['"]__main__['"]:/;

/** Tells if a line begins an example: a comment that says so, at the depth of the lines before it. */
export function beginsExample(line: string, window: Window): boolean {
  const { language, original } = window;
  if (language.kind !== 'code' || window.knows(line)) return false;
  const own = original.find((one) => !isBlank(one));
  if (own !== undefined && indentOf(line).length > indentOf(own).length) return false;
  const isExample = MAIN.test(line) || (isCommentLine(line, language) && COMMENT.test(line));
  return isExample && !asksFor(window.instruction, 'example');
}

/** Names of functions that run or test others. */
const RUNS = /^(?:main|Main|Test[A-Z_]\w*|test_\w+)$/;

/** @throws Refused if a function that runs or tests the new ones stands beside them, and nobody asked for it. */
export function checkRuns(lines: readonly string[], window: Window): void {
  const { original, before, after, language, instruction } = window;
  if (original.every(isBlank) || asksForRuns(instruction)) return;
  const [first, ...others] = declaredNames(lines, language, true, true);
  const own = declaredNames(original, language, false, true);
  if (first !== undefined && own.has(first) && others.some((name) => RUNS.test(name) && !own.has(name))) {
    // A file of tests has more of them.
    const around = declaredNames([...before, ...after], language, false, true);
    if (![...around].some((name) => RUNS.test(name))) refuse(REASONS.example());
  }
}

/**
 * Leaves an example out that stands at the end.
 * @throws Refused if there is more behind it than an example.
 */
export function withoutExample(lines: readonly string[], window: Window): readonly string[] {
  const within = insides(lines, window.language);
  const first = lines.findIndex((line) => !isBlank(line));
  const start = lines.findIndex(
    (line, index) =>
      index > first &&
      within[index] === undefined &&
      // The line may go on with the comment above it.
      !isCommentLine(lines[index - 1] ?? '', window.language) &&
      beginsExample(line, window),
  );
  if (first < 0 || start < 0) return lines;
  const example = lines.slice(start);
  const isOwn = example.some((line) => isTelling(line) && window.knows(line));
  if (isOwn || declaredNames(example, window.language, false, true).size > 0) refuse(REASONS.example());
  const kept = lines.slice(0, start);
  return kept.slice(0, kept.findLastIndex((line) => !isBlank(line)) + 1);
}
