/**
 * Zeta 2.1 (https://huggingface.co/zed-industries/zeta-2.1), made of Seed-Coder: Zed's `crates/zeta_prompt`, format
 * V0318. The lines around the cursor are cut into blocks between numbered markers; the model writes what stands between
 * two of them.
 */
import { mark } from '../../../inference/format/fim/index.ts';
import { diffText } from '../../completion/context/index.ts';
import type { NextEditFormat } from '../nextEditFormat.ts';
import { type ChangedLines, type EditedPlace, type LineRange, windowAround } from '../place.ts';

/** Lines around the cursor that may be written anew, and beyond them that are shown. */
const AROUND = 16;
const SHOWN = 60;
/** Bounds of a block, and lines to the next one that is a good beginning. */
const LEAST_LINES = 6;
const MOST_LINES = 16;
const NUDGE_LINES = 5;
const CURSOR = '<|user_cursor|>';
const NO_EDITS = 'NO_EDITS';
const MARKER = /<\|marker_(\d{1,3})\|>\n?/g;
const TAIL = /^(?:[}\])]|(?:break|continue|return|throw|end);*$)/;

export const zeta: NextEditFormat = {
  name: 'zeta-2.1',
  namePattern: /zeta[-_ ]?2\.1/i,
  reserved: [
    '<[fim-suffix]>',
    '<[fim-prefix]>',
    '<[fim-middle]>',
    '<[end▁of▁sentence]>',
    '<|marker_',
    CURSOR,
  ],
  stop: ['<[end▁of▁sentence]>'],
  window: (place) => windowAround(place, AROUND, AROUND),
  prompt: (place, window) => {
    const above = place.lines.slice(Math.max(0, window.start - SHOWN), window.start);
    const below = place.lines.slice(window.end, window.end + SHOWN);
    return [
      mark('<[fim-suffix]>'),
      `\n${text(below)}`,
      mark('<[fim-prefix]>'),
      [
        ...place.files.map(({ path, text }) => `<filename>${path}\n${text}\n`),
        ...history(place.edits),
        `<filename>${place.path}\n${text(above)}`,
        marked(place, window),
      ].join(''),
      mark('<[fim-middle]>'),
    ];
  },
  read: (answer, window) => {
    if (answer.trim() === '' || answer.includes(NO_EDITS)) return undefined;
    const markers = [...answer.matchAll(MARKER)];
    const [first, last] = [markers.at(0), markers.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    const bounds = markersOf(window);
    const named = markers.map(([, number]) => bounds[Number(number) - 1]);
    const [start, end] = [named.at(0), named.at(-1)];
    // Text between markers that are repeated or go back is of no place that is known.
    const isInOrder = named.every(
      (line, index) => line !== undefined && (index === 0 || line > (named[index - 1] ?? line)),
    );
    if (start === undefined || end === undefined || start >= end || !isInOrder) return undefined;
    if (!isBlank(answer.slice(0, first.index)) || !isBlank(answer.slice(last.index + last[0].length)))
      return undefined;
    const between = answer.slice(first.index + first[0].length, last.index).replaceAll(MARKER, '');
    const written = between.replaceAll(CURSOR, '').replace(/\n$/, '');
    const lines = between === '' ? [] : written.split('\n');
    return [...window.slice(0, start), ...lines, ...window.slice(end)];
  },
};

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

function history(edits: readonly ChangedLines[]): string[] {
  const diffs = edits.map((edit) => `${diffText(edit, edit.path)}\n`);
  return diffs.length === 0 ? [] : ['<filename>edit_history\n', ...diffs];
}

/** The lines of the window with their markers and the cursor. */
function marked({ lines, cursor }: EditedPlace, { start, end }: LineRange): string {
  const window = lines.slice(start, end);
  const withCursor = window.map((line, index) =>
    index === cursor.line - start
      ? line.slice(0, cursor.character) + CURSOR + line.slice(cursor.character)
      : line,
  );
  const bounds = markersOf(window);
  const blocks = bounds.map(
    (from, index) => `<|marker_${index + 1}|>\n${text(withCursor.slice(from, bounds[index + 1] ?? from))}`,
  );
  return blocks.join('');
}

/** The lines in front of which markers stand, the first and the one behind the last among them. */
function markersOf(lines: readonly string[]): number[] {
  const bounds = [0];
  for (let line = 1; line < lines.length; ) {
    const length = line - (bounds.at(-1) ?? 0);
    const target = goodStart(lines, line);
    const isParagraph =
      length >= LEAST_LINES &&
      !isBlank(lines[line]) &&
      isBlank(lines[line - 1]) &&
      lines.length - target >= LEAST_LINES;
    if (isParagraph || length >= MOST_LINES) {
      bounds.push(target);
      line = target;
    }
    line++;
  }
  return [...bounds, lines.length];
}

function goodStart(lines: readonly string[], from: number): number {
  for (let line = from; line < Math.min(lines.length, from + NUDGE_LINES); line++)
    if (!isBlank(lines[line]) && !TAIL.test((lines[line] ?? '').trim())) return line;
  return from;
}

function isBlank(line: string | undefined): boolean {
  return (line ?? '').trim() === '';
}
