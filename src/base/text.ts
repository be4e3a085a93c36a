/**
 * Text that a stranger wrote (a registry, a model's file, an archive, a tool) on its way to a person: it says what it
 * says, and is nothing but text. VS Code reads `[label](command:…)` as a link in notifications and input boxes, and
 * `$(name)` as an icon in lists and the status bar; a line end makes a second line of a log out of one; and characters
 * without a shape of their own turn the direction of what stands beside them, or hide in it.
 */

/** Ends of lines and everything else that is a gap: control characters and separators. */
const GAPS = /[\p{Cc}\p{Zl}\p{Zp}\s]+/gu;
/** No shape of their own: format characters (bidi, joiners, tags), variation selectors, fillers, halves of pairs. */
const INVISIBLE = /[\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]+/gu;
/** Marks above and below a letter; more than this paint over the lines around. */
const STACKED_MARKS = /(\p{M}{8})\p{M}+/gu;

/** Characters of a whole message, as many as VS Code shows of a notification. */
const MAX_MESSAGE = 1000;
/** Characters of a name or a piece of text inside of a sentence. */
const MAX_QUOTED = 80;
/** Characters of one record of the log: a stack with its causes is shorter. */
const MAX_RECORD = 20_000;

/** At most `max` characters, the last one an ellipsis where something was left out. Pairs stay together. */
function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = text.codePointAt(max - 2) ?? 0;
  return `${text.slice(0, end > 0xffff ? max - 2 : max - 1)}…`;
}

/**
 * A stranger's text on one line: without control, format and other invisible characters, and with an end.
 * @param max characters.
 */
export function singleLine(text: string, max = MAX_MESSAGE): string {
  // Nothing that is left out makes the text longer, so a text without end costs no more than this.
  const start = text.slice(0, max * 8);
  const line = start.replace(INVISIBLE, '').replace(GAPS, ' ').replace(STACKED_MARKS, '$1').trim();
  return cut(line, max);
}

/** `](` and `$(` make links and icons in VS Code, wherever it knows them; with a space between they are only text. */
function withoutMarkup(line: string): string {
  return line.replaceAll('](', '] (').replaceAll('$(', '$ (');
}

/**
 * A text for VS Code's notifications, dialogs, lists, input boxes, rows and status bar: one line, neither links nor
 * icons in it.
 * @param max characters.
 */
export function plainText(text: string, max = MAX_MESSAGE): string {
  return withoutMarkup(singleLine(text, max));
}

/** The same for several lines, each of them as {@link plainText}. */
export function plainLines(text: string, max = MAX_MESSAGE): string {
  const lines = text.slice(0, max * 8).split(/\r\n|[\n\r]/);
  return cut(lines.map((line) => plainText(line)).join('\n'), max);
}

/**
 * A text for Markdown that VS Code renders (its chat, and the tooltips of language models): every punctuation
 * character is escaped (CommonMark 0.31, 2.4), so that no syntax is left, the bare addresses of GFM among it.
 * @param max characters, before they are escaped.
 */
export function markdownText(text: string, max = MAX_MESSAGE): string {
  return plainText(text, max).replace(/[!-/:-@[-`{-~]/g, '\\$&');
}

/**
 * A stranger's name within a sentence of ours: `"name"`. Quotation marks in it do not end it.
 * @param max characters.
 */
export function quoted(text: string, max = MAX_QUOTED): string {
  return `"${singleLine(text, max).replaceAll('"', "'")}"`;
}

/** As it stands in the code of most languages: `\u{202e}`. */
function escaped(characters: string): string {
  return [...characters].map((one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`).join('');
}

/**
 * A record of the log. Its lines but the first are indented, so that none looks like a record of its own, and
 * characters that a terminal or an editor would obey are written as escapes: a log is read to learn what was there.
 */
export function logText(text: string): string {
  return cut(text, MAX_RECORD)
    .split(/\r\n|[\n\r]/)
    .map((line) =>
      line.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu, escaped),
    )
    .join('\n    ');
}
