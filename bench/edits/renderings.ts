/** Answers that say an edit in the forms that models use, each with what the reader has to make of it. */
import type { SourceEdit, SourceFile } from './sources.ts';

/** An edit at its place in a file. */
export interface Place {
  readonly file: SourceFile;
  readonly edit: SourceEdit;
  readonly original: readonly string[];
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** An answer in some form. */
export interface Rendering {
  readonly form: string;
  readonly answer: string;
  /** `exact` allows a refusal, which is counted; `refused` allows nothing else. */
  readonly want: 'exact' | 'unchanged' | 'refused';
  /** False if a limit cut the answer. */
  readonly complete?: boolean;
  readonly thoughtOpen?: boolean;
}

/** Makes an answer of a place, if the form can say its edit. */
export type Render = (place: Place) => Omit<Rendering, 'form'> | undefined;

/** Joins lines. */
export function text(lines: readonly string[]): string {
  return lines.join('\n');
}

function fenceFor(lines: readonly string[], character = '`'): string {
  const longest = Math.max(2, ...lines.map((line) => /^\s*(`{3,}|~{3,})/.exec(line)?.[1]?.length ?? 0));
  return character.repeat(longest + 1);
}

/** A block with a fence that its lines have not. */
export function block(lines: readonly string[], info: string, character = '`'): string {
  const fence = fenceFor(lines, character);
  return text([`${fence}${info}`, ...lines, fence]);
}

/** An answer that means the edit. */
export function exact(answer: string, more: Partial<Rendering> = {}): Omit<Rendering, 'form'> {
  return { answer, want: 'exact', ...more };
}

/** An answer that means nothing that could be applied. */
export function refused(answer: string, more: Partial<Rendering> = {}): Omit<Rendering, 'form'> {
  return { answer, want: 'refused', ...more };
}

/** The new lines in a block. */
export function fresh({ edit, file }: Place): string {
  return block(edit.lines, file.info);
}

/** Tells if lines are deleted. */
export const isEmpty = ({ edit }: Place): boolean => edit.lines.length === 0;
/** Tells if lines are new. */
export const isInsertion = ({ edit }: Place): boolean => edit.count === 0;

/** Removes the white space that all lines share. */
export function dedented(lines: readonly string[]): readonly string[] {
  const indents = lines
    .filter((line) => line.trim() !== '')
    .map((line) => /^[ \t]*/.exec(line)?.[0].length ?? 0);
  const common = indents.length === 0 ? 0 : Math.min(...indents);
  return lines.map((line) => line.slice(common));
}

/** Writes levels of indentation in another unit. */
export function inUnit(lines: readonly string[], from: string, to: string): readonly string[] {
  return lines.map((line) => {
    let levels = 0;
    while (line.startsWith(from, levels * from.length)) levels++;
    return to.repeat(levels) + line.slice(levels * from.length);
  });
}

/** Writes characters as HTML does. */
export function escapedForHtml(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;'));
}

/** A unified diff of the edit with up to three lines of context. */
export function unifiedDiff(
  place: Place,
  options: { header?: boolean; counts?: boolean; loose?: boolean } = {},
): string {
  const { original, edit, before, after, file } = place;
  const { header = true, counts = true, loose = false } = options;
  const above = before.slice(-3);
  const below = after.slice(0, 3);
  const space = loose ? '' : ' ';
  const start = edit.start - above.length + 1;
  const total = above.length + below.length;
  const numbers = counts
    ? `@@ -${start},${total + original.length} +${start},${total + edit.lines.length} @@`
    : '@@ -1,99 +1,98 @@';
  return text([
    ...(header ? [`--- a/${file.path}`, `+++ b/${file.path}`, numbers] : []),
    ...above.map((line) => space + line),
    ...original.map((line) => `-${line}`),
    ...edit.lines.map((line) => `+${line}`),
    ...below.map((line) => space + line),
  ]);
}

function searchReplace(place: Place): string | undefined {
  const { original, edit, before } = place;
  if (original.length > 0)
    return text(['<<<<<<< SEARCH', ...original, '=======', ...edit.lines, '>>>>>>> REPLACE']);
  const anchor = before.slice(-2);
  if (anchor.length === 0) return undefined;
  return text(['<<<<<<< SEARCH', ...anchor, '=======', ...anchor, ...edit.lines, '>>>>>>> REPLACE']);
}

function numbered(place: Place, separator: string): string {
  return block(
    place.edit.lines.map((line, index) => `${place.edit.start + index + 1}${separator}${line}`),
    place.file.info,
  );
}

/** Makes a form of edits that delete nothing. */
export const unlessEmpty =
  (render: (place: Place) => string, more: Partial<Rendering> = {}): Render =>
  (place) =>
    isEmpty(place) ? undefined : exact(render(place), more);

/** Makes a form of all edits. */
export const always =
  (render: (place: Place) => string, more: Partial<Rendering> = {}): Render =>
  (place) =>
    exact(render(place), more);

/** Without an end of its own, an empty line at the end is the end of the answer. */
const unlessOpen =
  (render: (place: Place) => string): Render =>
  (place) =>
    isEmpty(place) || place.edit.lines.at(-1) === '' ? undefined : exact(render(place));

/** Makes a form with a mark at its end. */
export function ends(mark: string): Render {
  return always((place) => `${fresh(place)}${mark}`);
}

function shell(place: Place): boolean {
  return place.file.info === 'bash';
}

const TALK = 'Here is the updated code:';
const BYE = 'I changed the lines as you asked. Let me know if you need anything else!';

/** All forms by their names. */
export const FORMS: Readonly<Record<string, Render>> = {
  fence: always(fresh),
  'tilde fence': always(({ edit, file }) => block(edit.lines, file.info, '~')),
  'long fence': always(({ edit, file }) => text([`\`\`\`\`\`${file.info}`, ...edit.lines, '`````'])),
  'no info': always(({ edit, file }) =>
    file.info === 'markdown' ? block(edit.lines, 'md') : block(edit.lines, ''),
  ),
  'info with path': always(({ edit, file }) => block(edit.lines, `${file.info} title="${file.path}"`)),
  'unclosed fence': unlessOpen(({ edit, file }) => text([`\`\`\`${file.info}`, ...edit.lines])),
  'chat around': always((place) => `${TALK}\n\n${fresh(place)}\n\n${BYE}\n`),
  'long chat around': always(
    (place) =>
      `Certainly! ${TALK}\n\n${fresh(place)}\n\nExplanation:\n\n1. **Lines**: I changed the lines.\n2. **Rest**: The rest stays as it is.\n\nThis should work as expected.`,
  ),
  'fence behind text': always(({ edit, file }) => text([`Sure! \`\`\`${file.info}`, ...edit.lines, '```'])),
  'text behind fence': unlessEmpty(({ edit, file }) =>
    text([`\`\`\`${file.info}`, ...edit.lines, '``` This is the new code.', 'It works.']),
  ),
  thought: always(
    (place) => `<think>\nI should write:\n\`\`\`\nx\n\`\`\`\nor not.\n</think>\n\n${fresh(place)}`,
  ),
  'open thought': always((place) => `Let me see.\n\`\`\`\nx\n\`\`\`\n</think>\n\n${fresh(place)}`, {
    thoughtOpen: true,
  }),
  'open thought, not told': always((place) => `Let me see what to do.\n</think>\n\n${fresh(place)}`),
  'thought of Harmony': always(
    (place) =>
      `<|channel|>analysis<|message|>Let me see.<|end|><|start|>assistant<|channel|>final<|message|>${fresh(place)}<|return|>`,
  ),
  'thought that goes on': (place) => refused(`<think>\nI should write:\n${fresh(place)}`),
  'Windows line ends': always((place) => `${TALK}\n${fresh(place)}\n`.replace(/\n/g, '\r\n')),
  'byte order mark': always((place) => `\uFEFF${fresh(place)}`),
  'mark of ChatML': ends('<|im_end|>'),
  'mark of Llama 2': ends('\n</s>'),
  'mark of Gemma': ends('\n<end_of_turn>'),
  'mark of DeepSeek': ends('<｜end▁of▁sentence｜>'),
  'invented turn': always(
    (place) => `${fresh(place)}<|im_end|>\n<|im_start|>user\nThanks!\n\`\`\`\nno\n\`\`\`<|im_end|>`,
  ),
  'mark in an open block': unlessEmpty(
    ({ edit, file }) => text([`\`\`\`${file.info}`, ...edit.lines]) + '<|endoftext|>',
  ),
  bare: unlessOpen(({ edit }) => text(edit.lines)),
  'chat around bare code': unlessOpen(({ edit }) => `${TALK}\n\n${text(edit.lines)}\n\n${BYE}`),
  'without opening fence': unlessOpen(({ edit }) => `${text(edit.lines)}\n\`\`\``),
  'column 0': unlessEmpty(({ edit, file }) => block(dedented(edit.lines), file.info)),
  'first line at column 0': (place) => {
    const { edit, file } = place;
    const [first, ...rest] = edit.lines;
    if (first === undefined || rest.length === 0 || /^\S/.test(first) || rest[0]?.trim() === '')
      return undefined;
    return exact(block([first.trimStart(), ...rest], file.info));
  },
  'other unit': (place) => {
    const { edit, file } = place;
    if (isEmpty(place) || ['yaml', 'markdown'].includes(file.languageId)) return undefined;
    const other = file.indentation === '\t' ? '    ' : file.indentation === '    ' ? '  ' : '    ';
    return exact(block(inUnit(edit.lines, file.indentation, other), file.info));
  },
  'tabs for spaces': (place) => {
    const { edit, file } = place;
    if (isEmpty(place) || file.indentation === '\t' || file.languageId === 'markdown') return undefined;
    return exact(block(inUnit(edit.lines, file.indentation, '\t'), file.info));
  },
  'fence in a list': unlessEmpty(({ edit, file }) => {
    const lines = block(edit.lines, file.info).split('\n');
    return text(['1. Replace the lines:', '', ...lines.map((line) => (line === '' ? '' : `   ${line}`))]);
  }),
  'quoted fence': unlessEmpty(({ edit, file }) =>
    text(
      block(edit.lines, file.info)
        .split('\n')
        .map((line) => `> ${line}`),
    ),
  ),
  'unified diff': always((place) => `\`\`\`diff\n${unifiedDiff(place)}\n\`\`\``),
  'diff with wrong counts': always((place) => `\`\`\`diff\n${unifiedDiff(place, { counts: false })}\n\`\`\``),
  'diff without fence': always((place) => unifiedDiff(place)),
  'diff without header': always((place) => `\`\`\`diff\n${unifiedDiff(place, { header: false })}\n\`\`\``),
  'diff with loose context': (place) =>
    isInsertion(place) || place.file.info === 'markdown' || place.file.info === 'yaml'
      ? undefined
      : exact(`\`\`\`diff\n${unifiedDiff(place, { header: false, loose: true })}\n\`\`\``),
  'diff in a block of code': (place) =>
    isInsertion(place) || place.file.info === 'markdown' || place.file.info === 'yaml'
      ? undefined
      : exact(`\`\`\`${place.file.info}\n${unifiedDiff(place, { header: false })}\n\`\`\``),
  patch: always((place) => {
    const { original, edit, before, after, file } = place;
    return text([
      '*** Begin Patch',
      `*** Update File: ${file.path}`,
      '@@',
      ...before.slice(-3).map((line) => ` ${line}`),
      ...original.map((line) => `-${line}`),
      ...edit.lines.map((line) => `+${line}`),
      ...after.slice(0, 3).map((line) => ` ${line}`),
      '*** End Patch',
    ]);
  }),
  'search and replace': (place) => {
    const answer = searchReplace(place);
    return answer === undefined ? undefined : exact(`${place.file.path}\n${answer}\n`);
  },
  'search and replace in a fence': (place) => {
    const answer = searchReplace(place);
    return answer === undefined ? undefined : exact(`\`\`\`\n${answer}\n\`\`\``);
  },
  'search of other lines': (place) =>
    refused(
      text(['<<<<<<< SEARCH', 'no such line is here', '=======', ...place.edit.lines, '>>>>>>> REPLACE']),
    ),
  'search without end': (place) => {
    const answer = searchReplace(place);
    return answer === undefined ? undefined : refused(answer.replace(/\n>>>>>>> REPLACE$/, ''));
  },
  'tags of search and replace': (place) =>
    isInsertion(place)
      ? undefined
      : exact(
          `<search>\n${text(place.original)}\n</search>\n<replace>\n${text(place.edit.lines)}\n</replace>`,
        ),
  'call of replace_string_in_file': (place) =>
    isInsertion(place) || place.original.at(-1) === ''
      ? undefined
      : exact(
          `<tool_call>\n${JSON.stringify({ name: 'replace_string_in_file', arguments: { filePath: place.file.path, oldString: text(place.original), newString: text(place.edit.lines) } })}\n</tool_call>`,
        ),
  'call without a place': (place) =>
    isEmpty(place)
      ? undefined
      : refused(JSON.stringify({ name: 'edit_file', arguments: { code: text(place.edit.lines) } })),
  'code in JSON': (place) =>
    isEmpty(place) || place.edit.lines.at(-1) === '' || place.file.languageId === 'json'
      ? undefined
      : exact(JSON.stringify({ code: text(place.edit.lines) })),
  'numbers with colons': unlessEmpty((place) => numbered(place, ': ')),
  'numbers with bars': unlessEmpty((place) => numbered(place, ' | ')),
  'lines around': (place) =>
    exact(
      block([...place.before.slice(-3), ...place.edit.lines, ...place.after.slice(0, 3)], place.file.info),
    ),
  'whole file': (place) =>
    exact(block([...place.before, ...place.edit.lines, ...place.after], place.file.info)),
  'whole file, bare': (place) =>
    place.file.info === 'markdown'
      ? undefined
      : exact(text([...place.before, ...place.edit.lines, ...place.after])),
  'whole file, also changed elsewhere': (place) => {
    const last = place.before.findLastIndex((line) => line.trim().length > 12);
    if (last < 0) return undefined;
    const before = place.before.map((line, index) =>
      index === last ? `${line.slice(0, -1)} changed` : line,
    );
    return refused(block([...before, ...place.edit.lines, ...place.after], place.file.info));
  },
  'old and new': (place) =>
    isInsertion(place) || place.file.info === 'markdown'
      ? undefined
      : exact(
          `Before:\n${block(place.original, place.file.info)}\n\nAfter:\n${block(place.edit.lines, place.file.info)}\n`,
        ),
  'command first': (place) =>
    shell(place) || place.file.info === 'markdown'
      ? undefined
      : exact(`Run this first:\n\`\`\`bash\nnpm install\n\`\`\`\nThen change the code:\n${fresh(place)}`),
  'usage behind': (place) =>
    isEmpty(place) || place.file.info === 'markdown'
      ? undefined
      : exact(`${TALK}\n${fresh(place)}\n\nExample usage:\n\n\`\`\`${place.file.info}\nexample()\n\`\`\``),
  alternatives: (place) =>
    isEmpty(place) || place.file.info === 'markdown'
      ? undefined
      : refused(`${fresh(place)}\n\nOr:\n\n\`\`\`${place.file.info}\nsomething(else_);\n\`\`\``),
  'same block twice': (place) =>
    isEmpty(place) || place.file.info === 'markdown'
      ? undefined
      : exact(`${fresh(place)}\n\nAgain:\n\n${fresh(place)}`),
  'cut in the block': (place) => {
    const answer = fresh(place);
    const lines = answer.split('\n');
    return lines.length < 4 ? undefined : refused(text(lines.slice(0, -2)), { complete: false });
  },
  'cut in the middle of a line': unlessCut((place) =>
    text([`\`\`\`${place.file.info}`, ...place.edit.lines]).slice(0, -2),
  ),
  'cut behind the block': (place) =>
    place.file.info === 'markdown'
      ? undefined
      : exact(`${fresh(place)}\n\nI changed the li`, { complete: false }),
  'tag code': (place) =>
    isEmpty(place) || ['html', 'markdown'].includes(place.file.info)
      ? undefined
      : exact(`<code>\n${text(place.edit.lines)}\n</code>`),
  'tag answer': unlessEmpty(({ edit }) => `<answer>\n${text(edit.lines)}\n</answer>`),
  'characters of HTML': (place) =>
    isEmpty(place) ||
    ['html', 'markdown'].includes(place.file.info) ||
    !place.edit.lines.some((line) => /[<>]/.test(line))
      ? undefined
      : exact(block(escapedForHtml(place.edit.lines), place.file.info)),
  'path in a comment': (place) =>
    isEmpty(place) ||
    place.before.every((line) => line.trim() === '') ||
    !/^(?:ts|go|java|rust)$/.test(place.file.info)
      ? undefined
      : exact(block([`// ${place.file.path}`, ...place.edit.lines], place.file.info)),
  'inline code': (place) =>
    place.edit.lines.length !== 1 || /`/.test(text(place.edit.lines)) || place.file.info === 'markdown'
      ? undefined
      : exact(`\`${text(place.edit.lines).trim()}\``),
  'one line': (place) =>
    place.edit.lines.length !== 1 || /`/.test(text(place.edit.lines)) || place.file.info === 'markdown'
      ? undefined
      : exact(`\`\`\`${place.file.info} ${text(place.edit.lines).trim()} \`\`\``),
  'lines left out': (place) =>
    place.original.length < 3 || !/^(?:ts|go|java|rust|c|csharp)$/.test(place.file.info)
      ? undefined
      : refused(block([`changed(${place.edit.start});`, '// ... existing code ...'], place.file.info)),
  'lines left out, known': (place) => {
    const [first] = place.original;
    if (place.original.length < 4 || first === undefined || !/^(?:ts|go|java|rust|c)$/.test(place.file.info))
      return undefined;
    return {
      answer: block([first, '// ... existing code ...'], place.file.info),
      want: 'unchanged',
    };
  },
  unchanged: (place) =>
    isInsertion(place) || place.file.info === 'markdown'
      ? undefined
      : { answer: `Nothing to do:\n${block(place.original, place.file.info)}`, want: 'unchanged' },
  'unchanged, column 0': (place) =>
    isInsertion(place) || place.file.info === 'markdown'
      ? undefined
      : { answer: block(dedented(place.original), place.file.info), want: 'unchanged' },
  prose: () =>
    refused('To do this, you should change the lines so that they do what you want.\nThen run the tests.'),
  no: () => refused("I'm sorry, but I can't help with that."),
  nothing: () => refused(''),
};

function unlessCut(render: (place: Place) => string): Render {
  return (place) => (isEmpty(place) ? undefined : refused(render(place), { complete: false }));
}

/** Renders an edit in every form that can say it. */
export function renderings(
  place: Place,
  forms: Readonly<Record<string, Render>> = FORMS,
): readonly Rendering[] {
  return Object.entries(forms).flatMap(([form, render]) => {
    const rendered = render(place);
    return rendered === undefined ? [] : [{ form, ...rendered }];
  });
}
