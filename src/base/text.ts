/**
 * Makes untrusted text (from a registry, a model's file, an archive or a tool) safe to show: it keeps its words and
 * loses its effects. VS Code reads `[label](command:…)` as a link in notifications and input boxes, and `$(name)` as an
 * icon in lists and the status bar; a line break turns one log line into two; and invisible characters can hide in the
 * text around them or reverse its direction.
 */

/** Line breaks and all other gaps: control characters and separators. */
const GAPS = /[\p{Cc}\p{Zl}\p{Zp}\s]+/gu;
/**
 * Characters without a shape: format characters (bidi, joiners, tags), variation selectors, fillers, lone surrogates.
 */
const INVISIBLE = /[\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]+/gu;
/** Marks above and below a letter; more than this many paint over the neighboring lines. */
const STACKED_MARKS = /(\p{M}{8})\p{M}+/gu;

/** Longest message, in characters: as much as VS Code shows of a notification. */
const MAX_MESSAGE = 1000;
/** Longest name or quotation within a sentence, in characters. */
const MAX_QUOTED = 80;
/** Longest record of the log, in characters: more than a stack with its causes takes. */
const MAX_RECORD = 20_000;

/** Cuts `text` to `max` characters, the last one an ellipsis if anything was cut. Surrogate pairs stay whole. */
function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = text.codePointAt(max - 2) ?? 0;
  return `${text.slice(0, end > 0xffff ? max - 2 : max - 1)}…`;
}

/**
 * Puts untrusted text on one line of bounded length, without control, format and other invisible characters.
 * @param max characters.
 */
export function singleLine(text: string, max = MAX_MESSAGE): string {
  // Cleaning only shortens the text, so an endless text costs no more than this much of it.
  const start = text.slice(0, max * 8);
  const line = start.replace(INVISIBLE, '').replace(GAPS, ' ').replace(STACKED_MARKS, '$1').trim();
  return cut(line, max);
}

/** Separates `](` and `$(`, which make links and icons wherever VS Code recognizes them, with a space. */
function withoutMarkup(line: string): string {
  return line.replaceAll('](', '] (').replaceAll('$(', '$ (');
}

/**
 * Prepares a text for VS Code's notifications, dialogs, lists, input boxes, rows and status bar: one line, without
 * links and icons.
 * @param max characters.
 */
export function plainText(text: string, max = MAX_MESSAGE): string {
  return withoutMarkup(singleLine(text, max));
}

/** Like {@link plainText}, line by line for a text of several lines. */
export function plainLines(text: string, max = MAX_MESSAGE): string {
  const lines = text.slice(0, max * 8).split(/\r\n|[\n\r]/);
  return cut(lines.map((line) => plainText(line)).join('\n'), max);
}

/**
 * Prepares a text for Markdown that VS Code renders (its chat, and the tooltips of language models). Escapes every
 * punctuation character (CommonMark 0.31, 2.4), which disables all syntax, including GFM's bare addresses.
 * @param max characters, before escaping.
 */
export function markdownText(text: string, max = MAX_MESSAGE): string {
  return plainText(text, max).replace(/[!-/:-@[-`{-~]/g, '\\$&');
}

/**
 * Quotes an untrusted name within one of our sentences: `"name"`. Quotation marks in the name cannot end it.
 * @param max characters.
 */
export function quoted(text: string, max = MAX_QUOTED): string {
  return `"${singleLine(text, max).replaceAll('"', "'")}"`;
}

/** Unicode's first strong isolate and its end (UAX #9, 2.4.2), which {@link singleLine} takes out of any text. */
const ISOLATE = /\u2068([^\u2068\u2069]*)\u2069/g;

/**
 * Isolates words of others within one of our sentences, as Unicode has it for text of unknown direction. What people read
 * loses the marks again; until then they tell whose words these are.
 * @param words may have isolates of their own, which they lose.
 */
export function isolated(words: string): string {
  // Marks within them, such as those of a file's name, would end the isolate too early.
  const bare = words.replace(/[\u2068\u2069]/g, '');
  return bare === '' ? '' : `\u2068${bare}\u2069`;
}

/** Leaves an ellipsis in place of {@link isolated} words. */
export function withoutIsolated(text: string): string {
  return text.replace(ISOLATE, '…');
}

/** Writes characters as escapes of most programming languages: `\u{202e}`. */
function escaped(characters: string): string {
  return [...characters].map((one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`).join('');
}

/**
 * Prepares a record for the log. Later lines are indented so that none looks like a record of its own, and characters
 * that a terminal or an editor would obey become escapes, because a log should show exactly what was there.
 */
export function logText(text: string): string {
  return cut(text.replace(ISOLATE, '$1'), MAX_RECORD)
    .split(/\r\n|[\n\r]/)
    .map((line) =>
      line.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu, escaped),
    )
    .join('\n    ');
}

/** Prepares a line of code that a model wrote for a block of Markdown: characters without a shape become escapes. */
export function codeText(line: string): string {
  return line.replace(/(?!\t)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu, escaped);
}
