/**
 * Reads the top-level `models` of a Compose file (Compose specification, “Models”): each has an artifact's name in
 * `model`. The file may be anything and half typed, so whatever is not understood is left out.
 */
import { type Document, isAlias, isMap, isNode, isScalar, LineCounter, parseAllDocuments } from 'yaml';
import { parseReference, type Reference } from '../oci/spec/reference.ts';

/** Longest file that is read, in characters. Real ones have a few thousand; the worst ones take half a second. */
const MAX_LENGTH = 64 * 1024;
/** Errors with an excerpt of their lines would cost the square of the file's length. */
const OPTIONS = { prettyErrors: false, logLevel: 'silent', uniqueKeys: false } as const;
/** Most models that are read. */
const MAX_MODELS = 100;

/** A model that a Compose file names. */
export interface ComposeModel {
  /** Its key below `models`. */
  readonly key: string;
  readonly reference: Reference;
  /** The line of its `model`, counted from 0. */
  readonly line: number;
}

/** Tells at little cost whether a text can have models at all, so that most files need no parser. */
function mayNameModels(text: string): boolean {
  return text.length <= MAX_LENGTH && /\bmodels["']?\s*:/.test(text) && /\bmodel["']?\s*:/.test(text);
}

/**
 * Returns the models of a Compose file in the order of their lines. Names with a variable (`${MODEL}`) are left out: only
 * Compose knows what they become.
 */
export function readComposeModels(text: string): ComposeModel[] {
  if (!mayNameModels(text)) return [];
  const lineCounter = new LineCounter();
  try {
    return [...parseAllDocuments(text, { ...OPTIONS, lineCounter })]
      .flatMap((document) => entriesOf(document))
      .flatMap(({ key, start, name }) => toModel(key, name, lineCounter.linePos(start).line - 1))
      .slice(0, MAX_MODELS);
  } catch {
    // Nested more deeply than the parser can follow.
    return [];
  }
}

interface Entry {
  readonly key: string;
  /** The text of its `model`, which begins at `start`. */
  readonly name: string;
  readonly start: number;
}

function entriesOf(document: Document): Entry[] {
  /** Follows an alias (`*name`) to its node. */
  const resolved = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);
  const models = resolved(memberOf(resolved(document.contents), 'models'));
  if (!isMap(models)) return [];
  return models.items.flatMap(({ key, value }) => {
    const node = memberOf(resolved(value), 'model');
    const scalar = resolved(node);
    if (!isScalar(key) || !isScalar(scalar) || typeof scalar.value !== 'string') return [];
    const [start, end] = (isNode(node) && node.range) || [];
    if (start === undefined || end === undefined) return [];
    // A text without its closing quote is not complete.
    if (document.errors.some(({ pos: [at] }) => start <= at && at <= end)) return [];
    return [{ key: String(key.value), name: scalar.value, start }];
  });
}

function memberOf(map: unknown, key: string): unknown {
  if (!isMap(map)) return undefined;
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key)?.value;
}

function toModel(key: string, name: string, line: number): ComposeModel[] {
  if (name.includes('$')) return [];
  try {
    return [{ key, reference: parseReference(name), line }];
  } catch {
    return [];
  }
}
