/** Takes a line of code apart into its code and the comment behind it. */
import type { Language } from './languages.ts';

/** Strings on a line, as far as quotation marks tell. */
export const QUOTED = /(["'`])(?:\\.|(?!\1)[^\\])*\1/g;

/** Characters beyond which a line is not looked into. */
const MAX_LINE = 1_000;

/** A line without white space around it. */
export interface CommentedLine {
  /** The code before the comment. */
  readonly code: string;
  /** The text of the comment without its marks. Undefined if there is none. */
  readonly comment: string | undefined;
}

/** Reads a line that begins outside of strings and comments. Text that it misreads is code. */
export function commentOf(line: string, language: Language): CommentedLine {
  if (line.length > MAX_LINE) return { code: line, comment: undefined };
  // Comments of JSX stand in braces.
  const text = line.trim().replace(/^\{(\/\*.*\*\/)\}$/, '$1');
  const masked = text.replace(QUOTED, (string) => 'x'.repeat(string.length));
  const spans = language.spans.filter(({ kind }) => kind === 'comment').map(({ open }) => open);
  const starts = [...language.lineComments, ...spans]
    .map((mark) => ({ mark, at: startOf(masked, mark) }))
    .filter(({ at }) => at >= 0)
    .sort((one, other) => one.at - other.at || other.mark.length - one.mark.length);
  const [first] = starts;
  if (first === undefined) return { code: text, comment: undefined };
  const close = language.spans.find(({ open }) => open === first.mark)?.close;
  const body = text.slice(first.at + first.mark.length);
  const end = close === undefined ? -1 : body.indexOf(close);
  const behind = end < 0 || close === undefined ? '' : body.slice(end + close.length);
  const sign = first.mark.at(-1) ?? '';
  const comment = (end < 0 ? body : body.slice(0, end)).trim();
  return { code: `${text.slice(0, first.at)}${behind}`.trim(), comment: withoutSigns(comment, sign) };
}

/** The place of a mark, -1 if the line has none. A mark of one character needs white space before it. */
function startOf(text: string, mark: string): number {
  let at = text.indexOf(mark);
  while (at > 0 && mark.length === 1 && !/\s/.test(text[at - 1] ?? '')) at = text.indexOf(mark, at + 1);
  return at;
}

/** Removes a mark that is repeated, as in `///` and `##`, and rules around the text. */
function withoutSigns(comment: string, sign: string): string {
  let start = 0;
  while (comment[start] === sign) start++;
  return comment.slice(start).replace(/^[\s*=–—-]+|[\s*=–—#-]+$/gu, '');
}
