/** Models that a file names: their references and lines, read within bounds from a text that may be half typed. */
import { type Document, LineCounter, parseAllDocuments } from 'yaml';
import { parseReference, type Reference } from '../oci/spec/reference.ts';

/** Longest file that is read, in characters. Real ones have a few thousand; the worst ones take half a second. */
const MAX_LENGTH = 64 * 1024;
/** Errors with an excerpt of their lines would cost the square of the file's length. */
const OPTIONS = { prettyErrors: false, logLevel: 'silent', uniqueKeys: false } as const;
/** Most models that are read. */
const MAX_MODELS = 100;

/** A model that a file names. */
export interface NamedModel {
  /** Its key, or its place in a list counted from 0. */
  readonly key: string;
  readonly reference: Reference;
  /** The line of its name, counted from 0. */
  readonly line: number;
}

export interface NamedModels {
  readonly models: readonly NamedModel[];
  /** True if the file seems to name models, but is too long to be read. */
  readonly isTooLong: boolean;
}

/** A name in a document. */
export interface Entry {
  readonly key: string;
  /** The name, which stands from `start` to `end`. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** The texts of one kind of file. */
export interface FileReader {
  /** Tells at little cost whether a text can name models at all, so that most files need no parser. */
  readonly mayName: (text: string) => boolean;
  /** Returns the text as YAML, with everything at its place. Defaults to the text. */
  readonly toYaml?: (text: string) => string;
  readonly entriesOf: (document: Document) => readonly Entry[];
}

/**
 * Returns the models of a file in the order of `entriesOf`. Names with a variable (`${MODEL}`) are left out: only the
 * program whose file it is knows what they become.
 */
export function readNamedModels(
  text: string,
  { mayName, toYaml = (same) => same, entriesOf }: FileReader,
): NamedModels {
  if (!mayName(text)) return { models: [], isTooLong: false };
  if (text.length > MAX_LENGTH) return { models: [], isTooLong: true };
  const lineCounter = new LineCounter();
  const models: NamedModel[] = [];
  try {
    for (const document of parseAllDocuments(toYaml(text), { ...OPTIONS, lineCounter }))
      for (const { key, name, start, end } of entriesOf(document)) {
        const reference = toReference(name);
        if (reference === undefined || hasErrorIn(document, start, end)) continue;
        models.push({ key, reference, line: lineCounter.linePos(start).line - 1 });
        if (models.length >= MAX_MODELS) return { models, isTooLong: false };
      }
  } catch {
    // Nested more deeply than the parser can follow.
    return { models: [], isTooLong: false };
  }
  return { models, isTooLong: false };
}

/** Tells if a text is not complete, such as one without its closing quote. */
function hasErrorIn({ errors }: Document, start: number, end: number): boolean {
  return errors.some(({ pos: [at] }) => start <= at && at <= end);
}

function toReference(name: string): Reference | undefined {
  if (name.includes('$')) return undefined;
  try {
    return parseReference(name);
  } catch {
    return undefined;
  }
}
