/**
 * Looks for what an applied answer must never have, by rules of its own and not those of the reader: a real model may
 * solve a task in its own way, so its lines are not compared with expected ones.
 */
import type { Place } from './renderings.ts';

function isTelling(line: string): boolean {
  return (line.match(/[\p{L}\p{N}]/gu)?.length ?? 0) >= 6;
}

function firstIndent(lines: readonly string[]): number | undefined {
  const first = lines.find((line) => line.trim() !== '');
  return first === undefined ? undefined : /^[ \t]*/.exec(first)?.[0].length;
}

const PROSE: ReadonlySet<string> = new Set(['html', 'markdown']);

/** Lines around the edit within this many belong to it in the eyes of a model. */
const NEAR = 12;

/** Returns the fault of the lines that an answer became. Returns undefined if there is none. */
export function faultOf({ original, before, after, edit, file }: Place, lines: readonly string[]) {
  const document = new Map<string, number>();
  for (const line of file.lines) document.set(line.trim(), (document.get(line.trim()) ?? 0) + 1);
  const own = new Set([...original, ...edit.lines].map((line) => line.trim()));
  const near = new Set([...before.slice(-NEAR), ...after.slice(0, NEAR)].map((line) => line.trim()));
  for (const line of lines) {
    const text = line.trim();
    if (/^(?:`{3,}|~{3,})/.test(text) && !document.has(text)) return `a fence: ${text}`;
    if (/<\|[\w ]+\|>|<\/?s>|\[\/?INST\]/.test(text) && !document.has(text)) return `a mark: ${text}`;
    if (
      /^(?:Here(?:'s| is)|Sure\b|Certainly\b|Sorry\b|I(?:'m| am| cannot| can't)\b|This code\b|The (?:above|code|function)\b|Note that\b)/.test(
        text,
      )
    )
      return `said: ${text}`;
    // In a page or a text it may be a word of it.
    if (text === 'This' && !PROSE.has(file.languageId)) return `said: ${text}`;
    if (isTelling(text) && near.has(text) && !own.has(text) && document.get(text) === 1)
      return `a line from around the edit: ${text}`;
  }
  const [old, fresh] = [firstIndent(original), firstIndent(lines)];
  if (old !== undefined && fresh !== undefined && old !== fresh)
    return `indentation ${fresh} instead of ${old}`;
  return undefined;
}
