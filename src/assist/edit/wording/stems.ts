/** Beginnings of words in a text of any language. */

/**
 * Returns the source of an expression, for the flags `iu`, that finds words which begin so.
 * @param stems alternatives with `|` between them; `_` is the end of a word.
 */
export function stemPattern(stems: string): string {
  return `(?<![\\p{L}\\p{N}])(?:${stems.replaceAll('_', '(?![\\p{L}\\p{N}])')})`;
}
