/** The corpus: every edit of every file in every form, in the file as it is and with tabs. */
import { readEdit } from '../../src/assist/edit/index.ts';
import { HABITS } from './habits/index.ts';
import { FORMS, inUnit, type Place, type Rendering, renderings } from './renderings.ts';
import { SOURCES, type SourceFile } from './sources.ts';

/** All forms of answers. */
export const ALL_FORMS = { ...FORMS, ...HABITS };

/** An answer at its place. */
export interface Case {
  readonly id: string;
  readonly place: Place;
  readonly rendering: Rendering;
}

/** The same file, indented by tabs. */
function tabbed(file: SourceFile): SourceFile {
  const convert = (lines: readonly string[]): readonly string[] => inUnit(lines, file.indentation, '\t');
  return {
    ...file,
    path: `tabs/${file.path}`,
    indentation: '\t',
    lines: convert(file.lines),
    edits: file.edits.map((edit) => ({ ...edit, lines: convert(edit.lines) })),
  };
}

const SPACES_ONLY = new Set(['yaml', 'markdown', 'makefile', 'go']);

/** All places of the corpus. */
export function places(sources: readonly SourceFile[] = SOURCES): readonly Place[] {
  const files = sources.flatMap((file) => (SPACES_ONLY.has(file.languageId) ? [file] : [file, tabbed(file)]));
  return files.flatMap((file) =>
    file.edits.map((edit) => ({
      file,
      edit,
      original: file.lines.slice(edit.start, edit.start + edit.count),
      before: file.lines.slice(0, edit.start),
      after: file.lines.slice(edit.start + edit.count),
    })),
  );
}

/** All cases. */
export function corpus(sources: readonly SourceFile[] = SOURCES): readonly Case[] {
  return places(sources).flatMap((place) =>
    renderings(place, ALL_FORMS).map((rendering) => ({
      id: `${place.file.path}: ${place.edit.instruction}: ${rendering.form}`,
      place,
      rendering,
    })),
  );
}

/** The fate of an answer. `refused` is right, and of no use, where the answer could have been read. */
export type Verdict = 'exact' | 'refused' | 'wrong';

/** The result of a case. */
export interface Graded {
  readonly verdict: Verdict;
  /** A description of the reading, for people. */
  readonly got: string;
}

/** The context that the reader gets for a case. */
export function contextOf({ place, rendering }: Case) {
  return {
    languageId: place.file.languageId,
    indentation: place.file.indentation,
    before: place.before,
    after: place.after,
    instruction: place.edit.instruction,
    complete: rendering.complete ?? true,
    thoughtOpen: rendering.thoughtOpen ?? false,
  };
}

/** Reads a case, and compares the result with what is expected. */
export function graded(one: Case): Graded {
  const { place, rendering } = one;
  const result = readEdit(rendering.answer, place.original, contextOf(one));
  const got =
    result.kind === 'lines'
      ? result.lines.join('\n')
      : result.kind === 'refused'
        ? `(${result.reason})`
        : '(unchanged)';
  if (rendering.want === 'refused') return { verdict: result.kind === 'refused' ? 'exact' : 'wrong', got };
  if (result.kind === 'refused') return { verdict: 'refused', got };
  const want = rendering.want === 'unchanged' ? place.original : place.edit.lines;
  const lines = result.kind === 'unchanged' ? place.original : result.lines;
  const isSame = lines.length === want.length && lines.every((line, index) => line === want[index]);
  return { verdict: isSame ? 'exact' : 'wrong', got };
}
