/**
 * Changes that people made, from the history of a Git repository, as answers of a model that does exactly what was
 * asked: in a block, with lines around, with all lines known, as search and replace, and as a diff.
 */
import { execFileSync } from 'node:child_process';
import { extname } from 'node:path';
import type { Case } from './corpus.ts';
import { block, type Place, type Rendering, text } from './renderings.ts';

/** Languages by the endings of files, with one level of their usual indentation. */
const LANGUAGES: Readonly<Record<string, readonly [languageId: string, info: string, indentation: string]>> =
  {
    '.ts': ['typescript', 'ts', '  '],
    '.tsx': ['typescriptreact', 'tsx', '  '],
    '.js': ['javascript', 'js', '  '],
    '.py': ['python', 'python', '    '],
    '.go': ['go', 'go', '\t'],
    '.rs': ['rust', 'rust', '    '],
    '.c': ['c', 'c', '    '],
    '.h': ['c', 'c', '    '],
    '.cpp': ['cpp', 'cpp', '    '],
    '.java': ['java', 'java', '    '],
    '.kt': ['kotlin', 'kotlin', '    '],
    '.cs': ['csharp', 'csharp', '    '],
    '.rb': ['ruby', 'ruby', '  '],
    '.php': ['php', 'php', '    '],
    '.css': ['css', 'css', '  '],
    '.sh': ['shellscript', 'bash', '  '],
  };
/** Lines around a change that are known. */
const CONTEXT = 60;
/** Lines that stay the same between two changes that are made apart. */
const GAP = 3;
/** Lines of a change beyond which nobody asks for it at once. */
const MAX_LINES = 60;
/** Lines around the new ones that an answer repeats. */
const REPEATED = 3;
const MAX_BYTES = 1 << 30;

/** A line of a diff: it stays, was removed or was added. */
interface Line {
  readonly op: string;
  readonly text: string;
}

/** A stretch of a file with changes. */
interface Hunk {
  readonly path: string;
  readonly subject: string;
  readonly lines: Line[];
}

/** Reads the last changes of a repository's files. */
function hunksOf(repository: string, commits: number): readonly Hunk[] {
  const format = ['--format=%x00%s', '--diff-filter=M', '--no-merges', `-U${CONTEXT}`, `-n${commits}`];
  const log = execFileSync('git', ['-C', repository, 'log', '-p', ...format], { maxBuffer: MAX_BYTES });
  const hunks: Hunk[] = [];
  let [subject, path] = ['', ''];
  for (const line of log.toString().split('\n')) {
    const hunk = hunks.at(-1);
    if (line.startsWith('\0')) [subject, path] = [line.slice(1), ''];
    else if (line.startsWith('diff ')) path = '';
    else if (path === '' && line.startsWith('+++ b/')) path = line.slice('+++ b/'.length);
    else if (path !== '' && line.startsWith('@@ ')) hunks.push({ path, subject, lines: [] });
    else if (path !== '' && /^[-+ ]/.test(line))
      hunk?.lines.push({ op: line.slice(0, 1), text: line.slice(1).replace(/\r$/, '') });
  }
  return hunks;
}

/** Places of a hunk, each with changes that stand close together, and up to two lines around them. */
function placesOf({ path, subject, lines }: Hunk, margin: number): readonly Place[] {
  const language = LANGUAGES[extname(path)];
  if (language === undefined) return [];
  const changed = lines.flatMap(({ op }, index) => (op === ' ' ? [] : [index]));
  const groups = changed.reduce<number[][]>((all, index) => {
    const last = all.at(-1);
    if (last === undefined || index - (last.at(-1) ?? 0) > GAP) all.push([index]);
    else last.push(index);
    return all;
  }, []);
  const [languageId, info, indentation] = language;
  const side = (list: readonly Line[], op: string): readonly string[] =>
    list.filter((line) => line.op === ' ' || line.op === op).map((line) => line.text);
  return groups.flatMap((group) => {
    const from = Math.max(0, (group[0] ?? 0) - margin);
    const to = Math.min(lines.length, (group.at(-1) ?? 0) + 1 + margin);
    const own = lines.slice(from, to);
    const [original, fresh] = [side(own, '-'), side(own, '+')];
    const before = side(lines.slice(0, from), '-');
    const isUsual = [original, fresh].every(
      (list) => list.some((line) => line.trim() !== '') && list.length <= MAX_LINES,
    );
    if (!isUsual || [...original, ...fresh].some((line) => /`{3}|~{3}/.test(line))) return [];
    const edit = { instruction: subject, start: before.length, count: original.length, lines: fresh };
    const file = { languageId, info, path, indentation, lines: side(lines, '-'), edits: [edit] };
    return [{ file, edit, original, before, after: side(lines.slice(to), '-') }];
  });
}

const FORMS: Readonly<Record<string, (place: Place) => string>> = {
  block: ({ edit, file }) => block(edit.lines, file.info),
  'lines around': ({ before, edit, after, file }) =>
    block([...before.slice(-REPEATED), ...edit.lines, ...after.slice(0, REPEATED)], file.info),
  'all lines': ({ before, edit, after, file }) => block([...before, ...edit.lines, ...after], file.info),
  'search and replace': ({ original, edit }) =>
    text(['<<<<<<< SEARCH', ...original, '=======', ...edit.lines, '>>>>>>> REPLACE']),
  diff: ({ before, original, edit, after }) =>
    block(
      [
        '@@ -1 +1 @@',
        ...before.slice(-REPEATED).map((line) => ` ${line}`),
        ...original.map((line) => `-${line}`),
        ...edit.lines.map((line) => `+${line}`),
        ...after.slice(0, REPEATED).map((line) => ` ${line}`),
      ],
      'diff',
    ),
};

/** Makes answers of the last `commits` commits of a repository. @throws Error if there is no such repository. */
export function historyCases(repository: string, commits: number): readonly Case[] {
  return hunksOf(repository, commits)
    .flatMap((hunk, index) => placesOf(hunk, index % REPEATED))
    .flatMap((place) =>
      Object.entries(FORMS).map(([form, render]) => {
        const rendering: Rendering = { form, answer: render(place), want: 'exact' };
        return { id: `${place.file.path}: ${place.edit.instruction}: ${form}`, place, rendering };
      }),
    );
}
