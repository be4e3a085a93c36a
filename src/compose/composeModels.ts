/**
 * Reads the top-level `models` of a Compose file (Compose specification, “Models”): each has an artifact's name in
 * `model`. The file may be anything and half typed, so whatever is not understood is left out.
 */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  parseAllDocuments,
  visit,
} from 'yaml';
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
  const found: ComposeModel[] = [];
  try {
    for (const document of parseAllDocuments(text, { ...OPTIONS, lineCounter }))
      for (const { key, name, start, end } of entriesOf(document)) {
        const reference = toReference(name);
        if (reference === undefined || hasErrorIn(document, start, end)) continue;
        found.push({ key, reference, line: lineCounter.linePos(start).line - 1 });
        if (found.length >= MAX_MODELS) return found;
      }
  } catch {
    // Nested more deeply than the parser can follow.
    return [];
  }
  return found;
}

interface Entry {
  readonly key: string;
  /** The text of its `model`, which stands from `start` to `end`. */
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Returns the nodes that the aliases (`*name`) of a document stand for. The parser's own `resolve` walks through the
 * document for each alias, which takes half a minute for the aliases that a file has room for.
 */
function targetsOf(document: Document): ReadonlyMap<Alias, Node> {
  const anchored = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Alias: (_, alias) => {
      // An anchor may be given again, so the latest one before the alias counts (YAML 1.2.2, 7.1).
      const target = anchored.get(alias.source);
      if (target !== undefined) targets.set(alias, target);
    },
    Value: (_, node) => {
      if (node.anchor !== undefined) anchored.set(node.anchor, node);
    },
  });
  return targets;
}

function entriesOf(document: Document): Entry[] {
  const targets = targetsOf(document);
  const resolved = (node: unknown): unknown => (isAlias(node) ? targets.get(node) : node);
  const models = resolved(memberOf(resolved(document.contents), 'models'));
  if (!isMap(models)) return [];
  return models.items.flatMap(({ key, value }) => {
    const node = memberOf(resolved(value), 'model');
    const scalar = resolved(node);
    if (!isScalar(key) || !isScalar(scalar) || typeof scalar.value !== 'string') return [];
    const [start, end] = (isNode(node) && node.range) || [];
    if (start === undefined || end === undefined) return [];
    return [{ key: String(key.value), name: scalar.value, start, end }];
  });
}

function memberOf(map: unknown, key: string): unknown {
  if (!isMap(map)) return undefined;
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key)?.value;
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
