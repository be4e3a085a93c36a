/**
 * Reads the request of VS Code's own inline chat (Ctrl+I), which has the file, what is selected in it or where the cursor
 * is, and the instruction. Small models do not call its tool, or copy the old text with mistakes. So the model gets our
 * prompt for edits, and `replaceCall.ts` makes the call of its lines.
 */
import { type Localized, t } from '../../base/l10n.ts';

import { type ChatMessage, type ImageContent, imagesOf, type ToolDefinition } from '../../inference/index.ts';

/** The only tool that changes anything in inline chat. */
export const REPLACE_TOOL = 'replace_string_in_file';
/** Offered beside it if VS Code shows only a part of the file. */
const READ_TOOL = 'read_file';
/** Stands for the cursor in the lines around it. */
const CURSOR = '$CURSOR$';

/** A request of inline chat. */
export interface InlineRequest {
  /** As VS Code names the file, for the call. */
  readonly path: string;
  /** The word behind the fence. */
  readonly languageId: string;
  readonly instruction: string;
  /** The lines that are shown. */
  readonly lines: readonly string[];
  /** The zero-based number of the file's line that the first of them is. */
  readonly start: number;
  /** False if only a part of the file is shown. Its first line may lack indentation. */
  readonly isWhole: boolean;
  readonly eol: '\n' | '\r\n';
  /** The selected text, trimmed. Undefined if there is only a cursor. */
  readonly selection: string | undefined;
  /** The lines around the cursor, trimmed, with {@link CURSOR} in them. */
  readonly aroundCursor: string | undefined;
  /** The images that came with it. */
  readonly images: readonly ImageContent[];
}

/** The file as it is open in an editor, which knows more than the request says. */
export interface OpenFile {
  readonly languageId: string;
  /** One level of indentation: a tab, or some spaces. */
  readonly indentation: string;
  readonly lines: readonly string[];
  /** The selected lines, zero-based; both are the cursor's line if nothing is selected. */
  readonly selected: readonly [first: number, last: number];
}

/** The lines that a request of inline chat is about, in its file. */
export interface InlinePlace {
  /** The file's lines, or those that are shown. */
  readonly lines: readonly string[];
  /** The lines to change, counted in {@link lines} from 0. */
  readonly first: number;
  readonly last: number;
  readonly languageId: string;
  /** Undefined if it is not known. */
  readonly indentation: string | undefined;
}

const HEAD = /^The filepath is `(.+)`(.*):\r?\n<file>\r?\n/;
const SHOWN = /Showing lines (\d+)-\d+/;

/** Returns the text of a fenced block without its fences, and the word behind the opening one. */
function unfenced(block: string): { text: string; info: string } | undefined {
  const opening = /^(`{3,}|~{3,})([^\r\n]*)\r?\n/.exec(block);
  const fence = opening?.[1];
  if (opening === null || fence === undefined) return undefined;
  const body = block.slice(opening[0].length);
  if (!body.endsWith(fence)) return undefined;
  const text = body.slice(0, -fence.length).replace(/\r?\n$/, '');
  return { text, info: opening[2]?.trim() ?? '' };
}

/** The part of a text between two marks, each on a line of its own. */
function between(text: string, open: string, close: string): string | undefined {
  const end = text.lastIndexOf(`\n${close}`);
  const start = text.indexOf(`${open}\n`);
  return start < 0 || end < start ? undefined : text.slice(start + open.length + 1, end).replace(/\r$/, '');
}

/** Splits what follows `<file>`: its content, and what is said about the selection. The file may have such marks too. */
function sections(rest: string): { file: string; selection?: string; cursor?: string } | undefined {
  const reminder = rest.lastIndexOf('\n<reminder>');
  const body = reminder < 0 ? rest : rest.slice(0, reminder);
  for (const [name, key] of [
    ['file-selection', 'selection'],
    ['file-cursor-context', 'cursor'],
  ] as const) {
    if (!body.trimEnd().endsWith(`</${name}>`)) continue;
    const start = body.lastIndexOf(`\n<${name}>\n`);
    const text = between(body.slice(start), `<${name}>`, `</${name}>`);
    const file = between(`<file>\n${body.slice(0, start)}`, '<file>', '</file>');
    if (start < 0 || text === undefined || file === undefined) continue;
    return { file, [key]: text };
  }
  const file = between(`<file>\n${body}`, '<file>', '</file>');
  return file === undefined ? undefined : { file };
}

/** Tells if the tools are those of inline chat. */
export function isInlineChat(tools: readonly ToolDefinition[]): boolean {
  return (
    tools.some(({ name }) => name === REPLACE_TOOL) &&
    tools.every(({ name }) => name === REPLACE_TOOL || name === READ_TOOL)
  );
}

/** Reads a request of inline chat. Returns undefined for any other, and once its tool was called. */
export function readInlineRequest(
  messages: readonly ChatMessage[],
  tools: readonly ToolDefinition[],
): InlineRequest | undefined {
  if (!isInlineChat(tools) || messages.some(({ role }) => role !== 'system' && role !== 'user'))
    return undefined;
  const texts = messages.flatMap(({ role, content }) => (role === 'user' ? [content] : []));
  const prompt = texts.map((text) => between(text, '<prompt>', '</prompt>')).findLast(Boolean);
  const text = texts.find((one) => HEAD.test(one));
  const head = HEAD.exec(text ?? '');
  if (prompt === undefined || text === undefined || head === null) return undefined;
  const parts = sections(text.slice(head[0].length));
  const file = unfenced(parts?.file ?? '');
  if (parts === undefined || file === undefined) return undefined;
  const shown = SHOWN.exec(head[2] ?? '');
  const isWhole = shown === null;
  return {
    path: head[1] ?? '',
    languageId: file.info,
    instruction: prompt.trim(),
    lines: file.text.split(/\r?\n/),
    start: isWhole ? 0 : Number(shown[1]) - 1,
    isWhole,
    eol: file.text.includes('\r\n') ? '\r\n' : '\n',
    selection: parts.selection === undefined ? undefined : unfenced(parts.selection)?.text,
    aroundCursor: parts.cursor === undefined ? undefined : unfenced(parts.cursor)?.text,
    images: messages.flatMap(imagesOf),
  };
}

/** Returns the places at which a text occurs, also those that overlap, as far as `limit` of them. */
export function occurrences(text: string, within: string, limit: number): number[] {
  const places: number[] = [];
  for (let at = within.indexOf(text); at >= 0 && places.length < limit; at = within.indexOf(text, at + 1))
    places.push(at);
  return places;
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length - 1;
}

/** Tells if an open file is the one that the request shows. It may have been changed since, or be another one. */
function isShown({ lines, start }: InlineRequest, open: OpenFile): boolean {
  const own = open.lines.slice(start, start + lines.length);
  return own.join('\n').trim() === lines.join('\n').trim();
}

function selectedRange(text: string, lines: readonly string[], open: OpenFile | undefined) {
  const wanted = text.replaceAll('\r\n', '\n');
  if (open !== undefined) {
    const [first, last] = open.selected;
    if (
      lines
        .slice(first, last + 1)
        .join('\n')
        .includes(wanted)
    )
      return { first, last };
  }
  const all = lines.join('\n');
  const [place, ...more] = wanted === '' ? [] : occurrences(wanted, all, 2);
  if (place === undefined) return t('The selected lines were not found in the file. Select them again.');
  if (more.length > 0)
    return t('The selected lines occur several times in the file. Select more lines, and try again.');
  return { first: lineAt(all, place), last: lineAt(all, place + wanted.length) };
}

function cursorLine(context: string, lines: readonly string[], open: OpenFile | undefined) {
  const around = context.replaceAll('\r\n', '\n');
  const at = around.indexOf(CURSOR);
  const line = lineAt(around, at);
  const wanted = around.replace(CURSOR, '');
  if (open !== undefined) {
    const [cursor] = open.selected;
    if (
      lines
        .slice(Math.max(0, cursor - 3), cursor + 4)
        .join('\n')
        .includes(wanted.trim())
    )
      return cursor;
  }
  const all = lines.join('\n');
  if (wanted === '' && all.trim() === '') return line;
  const [place, ...more] = wanted === '' ? [] : occurrences(wanted, all, 2);
  return at < 0 || place === undefined || more.length > 0 ? undefined : lineAt(all, place) + line;
}

/**
 * Finds the lines that a request is about.
 * @param given the file in the editor, if it is open there.
 * @returns a reason if they are not clear.
 */
export async function inlinePlace(
  request: InlineRequest,
  given: OpenFile | undefined,
): Promise<InlinePlace | { readonly reason: Localized }> {
  const open = given !== undefined && isShown(request, given) ? given : undefined;
  const lines = open?.lines ?? request.lines;
  const languageId = open?.languageId ?? request.languageId;
  const facts = { lines, languageId, indentation: open?.indentation };
  if (request.selection !== undefined) {
    const range = selectedRange(request.selection, lines, open);
    if (typeof range === 'string') return { reason: range };
    return withKnownStart({ ...facts, ...range }, request, open);
  }
  const cursor =
    request.aroundCursor === undefined ? undefined : cursorLine(request.aroundCursor, lines, open);
  if (cursor === undefined) return { reason: t('The lines to change are not clear. Select them first.') };
  const { cursorBlock } = await import('../edit/index.ts');
  const [first, last] = cursorBlock(lines, cursor, languageId);
  return withKnownStart({ ...facts, first, last }, request, open);
}

/** VS Code trims the part of a file that it shows, so the indentation of its first line is not known. */
function withKnownStart(
  place: InlinePlace,
  { isWhole }: InlineRequest,
  open: OpenFile | undefined,
): InlinePlace | { readonly reason: Localized } {
  const isKnown = isWhole || open !== undefined || place.first > 0;
  return isKnown ? place : { reason: t('The lines to change are not clear. Select them first.') };
}
