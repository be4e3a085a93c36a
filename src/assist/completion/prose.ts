/**
 * Prose in comments gets no completion by itself: a model that was made for code is sure of itself there and mostly
 * wrong, and words that appear while somebody looks for others are in the way.
 */

/** A line that is a comment, or the middle of one, in the languages of VS Code. */
const COMMENT = /^\s*(?:\/\/|\/\*|\*(?:\s|$)|#(?:\s|$)|--(?:\s|$)|;;|<!--|%\s|"""|''')/;
/** A comment behind code; the space before it keeps addresses out. */
const TRAILING = /\s(?:\/\/|\/\*)(?!.*\*\/)/;

/** Lines in which the beginning of such a comment is looked for. */
const LINES = 40;

/** Tells if the cursor stands in a comment. @param prefix the text before the cursor. */
export function isProse(prefix: string): boolean {
  const lines = prefix.split('\n').slice(-LINES);
  const left = lines.at(-1) ?? '';
  if (COMMENT.test(left) || TRAILING.test(left)) return true;
  const start = lines.findLastIndex((line) => /^\s*\/\*/.test(line));
  return start >= 0 && lines.slice(start).every((line) => !line.includes('*/'));
}
