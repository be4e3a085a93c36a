/** Makers of forms that habits share. */
import {
  block,
  exact,
  isEmpty,
  isInsertion,
  type Place,
  type Render,
  refused,
  unlessEmpty,
} from '../renderings.ts';

export const isMarkdown = ({ file }: Place): boolean => file.info === 'markdown';
/** Without an end of its own, an empty line at the end is the end of the answer. */
export const isClear = ({ edit }: Place): boolean => edit.lines.at(-1) !== '';
export const isCode = ({ file }: Place): boolean =>
  /^(?:ts|python|go|java|rust|c|csharp|ruby|bash)$/.test(file.info);
export const hasBraces = ({ file }: Place): boolean => /^(?:ts|go|java|rust|c|csharp)$/.test(file.info);

/** A form of edits for which a test holds, and that delete nothing. */
export const where =
  (holds: (place: Place) => boolean, render: (place: Place) => string): Render =>
  (place) =>
    isEmpty(place) || !holds(place) ? undefined : exact(render(place));

/** The same as what must be refused. */
export const never =
  (holds: (place: Place) => boolean, render: (place: Place) => string): Render =>
  (place) =>
    isEmpty(place) || !holds(place) ? undefined : refused(render(place));

export const COMMENTS: Readonly<Record<string, readonly [open: string, close: string]>> = {
  html: ['<!-- ', ' -->'],
  css: ['/* ', ' */'],
  sql: ['-- ', ''],
};

export function comment({ file }: Place, words: string): string {
  const isHash = /^(?:python|ruby|bash|yaml|makefile)$/.test(file.info);
  const [open, close] = COMMENTS[file.info] ?? [isHash ? '# ' : '// ', ''];
  return `${open}${words}${close}`;
}

export function hasComments({ file }: Place): boolean {
  return file.info !== 'json' && file.info !== 'markdown';
}

/** The first new line, and words in place of the others. If that line is the old one, nothing was said to change. */
export function lazyAnswer(place: Place, words: string): ReturnType<Render> {
  const [first = ''] = place.edit.lines;
  if (place.edit.lines.length < 3 || isInsertion(place)) return undefined;
  const answer = block([first, words], place.file.info);
  return first === place.original[0] ? { answer, want: 'unchanged' } : exact(answer);
}

export function lazy(words: string): Render {
  return (place) => {
    const indent = /^\s*/.exec(place.edit.lines[0] ?? '')?.[0] ?? '';
    return hasComments(place) ? lazyAnswer(place, indent + comment(place, words)) : undefined;
  };
}

export function numbers(write: (number: number, line: string) => string, from?: number): Render {
  return unlessEmpty(({ edit, file }) =>
    block(
      edit.lines.map((line, index) => write((from ?? edit.start + 1) + index, line)),
      file.info,
    ),
  );
}

export function eachLine(
  change: (line: string, index: number) => string,
  holds: (place: Place) => boolean,
): Render {
  return where(
    (place) => holds(place) && place.edit.lines.some((line, index) => change(line, index) !== line),
    ({ edit, file }) => block(edit.lines.map(change), file.info),
  );
}

/** Writes white space at the start of a line in another way. */
export function indented(line: string, change: (indent: string) => string): string {
  const indent = /^[ \t]*/.exec(line)?.[0] ?? '';
  return change(indent) + line.slice(indent.length);
}

/** A part of the file that has nothing to do with the edit, with one name changed. */
export function otherPart({ before, after }: Place): readonly string[] | undefined {
  const far = [before.slice(0, -6), after.slice(6)].find((lines) => lines.filter(isWordy).length > 3);
  const lines = far?.slice(0, 5);
  const at = lines?.findLastIndex(isWordy) ?? -1;
  return at < 1
    ? undefined
    : lines?.map((line, index) => (index === at ? `${line.slice(0, -2)}Other${line.slice(-2)}` : line));
}

export function isWordy(line: string): boolean {
  return /\w{4,}.*\w{3,}/.test(line);
}
