/**
 * Prose in comments gets no completion by itself: a model that was made for code is sure of itself there and mostly
 * wrong, and words that appear while somebody looks for others are in the way.
 */

/** A line that is a comment, or the middle of one, in the languages of VS Code. */
const COMMENT = /^\s*(?:\/\/|\/\*|\*(?:\s|$)|#(?:\s|$)|--(?:\s|$)|;;|<!--|%\s|"""|''')/;
/** A comment behind code; the space before it keeps addresses out. */
const TRAILING = /\s(?:\/\/|\/\*)(?!.*\*\/)/;

/** Tells if the cursor stands in a comment. @param left the part of its line before the cursor. */
export function isProse(left: string): boolean {
  return COMMENT.test(left) || TRAILING.test(left);
}
