/**
 * No text of code goes on like that: a word right behind a closing bracket, a string or the end of a statement, a second
 * space in the middle of a line, a word in front of a line's end that a brace opened. Small models write such seams when
 * they take the cursor for the beginning of another line. With tinycode on its own kind of files, a quarter of the
 * completions that were wrong began like that, and none that were right.
 */
import { lineBefore, lineBehind } from '../place.ts';
import { isBlank, type Rule } from './rule.ts';

/** Characters behind which no word begins. */
const CLOSING = /[)\]};"'`]$/;
const WORD = /^[\w$]/;
/** A line that opens a block with a colon. */
const BLOCK = /^\s*(?:async |def|class|if|elif|else|for|while|try|except|finally|with|match|case)\b.*:$/;
/** White space that is no single space, in front of something. */
const WIDE = /^(?:\t| {2})[ \t]*[^\s]/;

export const seam: Rule = {
  name: 'seam',
  keep(text, hole, isEnd) {
    const before = lineBefore(hole);
    if (text === '' || isBlank(before)) return undefined;
    const isGlued = CLOSING.test(before) && WORD.test(text);
    const isWide = WIDE.test(text) || (/[.\s]$/.test(before) && /^[ \t]/.test(text));
    // Braces may still be closed on the same line.
    const isLine = isEnd || text.includes('\n');
    const isStatement =
      isLine && before.endsWith('{') && WORD.test(text) && isBlank(lineBehind(hole)) && !text.includes('}');
    // The colon of a block in Python; one of a key or a type stands behind other words.
    const isBlock = BLOCK.test(before) && WORD.test(text);
    const isBehindComment = /\*\/$/.test(before) && !/^\s/.test(text);
    return isGlued || isWide || isStatement || isBlock || isBehindComment ? 0 : undefined;
  },
};
