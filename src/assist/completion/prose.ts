/**
 * Prose in comments gets no completion by itself: a model that was made for code is sure of itself there and mostly
 * wrong, and words that appear while somebody looks for others are in the way.
 */

/** A line that is a comment, or the middle of one, in the languages of VS Code. */
const COMMENT = /^\s*(?:\/\/|\/\*|\*(?:\s|$)|#(?:\s|$)|--(?:\s|$)|;;|<!--|%\s|"""|''')/;
/** A comment behind code; the space before it keeps addresses out. */
const TRAILING = /\s(?:\/\/|\/\*)(?!.*\*\/)/;

/** How comments of several lines begin, at the start of a line, and how they end. */
const BLOCKS: readonly (readonly [open: RegExp, close: string])[] = [
  [/^\s*\/\*/, '*/'],
  [/^\s*<!--/, '-->'],
  [/^\s*--\[\[/, ']]'],
  [/^\s*\{-/, '-}'],
  [/^=begin\b/, '=end'],
];
/** The beginning of a docstring of Python; its end looks the same, and a head stands before the beginning only. */
const DOCSTRING = /^\s*[rRuU]?("{3}|'{3})/;
const HEAD = /^\s*(?:(?:async\s+)?def|class)\b.*:\s*(?:#.*)?$|^[^#]*\)\s*(?:->.*)?:\s*$/;

/** Lines in which the beginning of such a comment is looked for. */
const LINES = 40;

/** Tells if the cursor stands in a comment. @param prefix the text before the cursor. */
export function isProse(prefix: string): boolean {
  const lines = prefix.split('\n').slice(-LINES);
  const left = lines.at(-1) ?? '';
  if (COMMENT.test(left) || TRAILING.test(left)) return true;
  return BLOCKS.some(([open, close]) => isInBlock(lines, open, close)) || isInDocstring(lines);
}

function isInBlock(lines: readonly string[], open: RegExp, close: string): boolean {
  const start = lines.findLastIndex((line) => open.test(line));
  return start >= 0 && lines.slice(start).every((line) => !line.includes(close));
}

function isInDocstring(lines: readonly string[]): boolean {
  const start = lines.findLastIndex(
    (line, index) => index > 0 && DOCSTRING.test(line) && HEAD.test(lines[index - 1] ?? ''),
  );
  const mark = DOCSTRING.exec(lines[start] ?? '')?.[1];
  return mark !== undefined && lines.slice(start).join('\n').split(mark).length === 2;
}
