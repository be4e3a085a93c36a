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
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  Scalar,
  visit,
  type YAMLMap,
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
 * Returns the models of a Compose file in the order of their lines, merged ones behind the own of a map. Names with a variable (`${MODEL}`) are left out: only
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

/** Returns the node that another one stands for: an alias for that with its anchor, others for themselves. */
type Resolve = (node: unknown) => unknown;

function entriesOf(document: Document): Entry[] {
  const targets = targetsOf(document);
  const resolve: Resolve = (node) => (isAlias(node) ? targets.get(node) : node);
  const models = resolve(new Members('models', resolve).of(resolve(document.contents)));
  if (!isMap(models)) return [];
  const names = new Members('model', resolve);
  return mergedPairs(models, resolve).flatMap(({ key, value }) => {
    const node = names.of(resolve(value));
    const scalar = resolve(node);
    if (!isScalar(key) || !isScalar(scalar) || typeof scalar.value !== 'string') return [];
    const [start, end] = (isNode(node) && node.range) || [];
    if (start === undefined || end === undefined) return [];
    return [{ key: String(key.value), name: scalar.value, start, end }];
  });
}

/**
 * Returns the maps that a map merges (`<<: *base`, or a list of them) in their order. As in the parser's own merges, only
 * a plain `<<` is one, and lists have no lists in them.
 */
function mergesOf(map: YAMLMap, resolve: Resolve): YAMLMap[] {
  return map.items.filter(isMerge).flatMap(({ value }) => {
    const source = resolve(value);
    return (isSeq(source) ? source.items.map(resolve) : [source]).filter((one) => isMap(one));
  });
}

function isMerge({ key }: Pair): boolean {
  return isScalar(key) && key.value === '<<' && (key.type ?? Scalar.PLAIN) === Scalar.PLAIN;
}

/** Looks for one member of maps and what they merge. Each map is searched once, however often it is merged. */
class Members {
  readonly #key: string;
  readonly #resolve: Resolve;
  /** The member of each map that was searched; none of one that is being searched, since it merges itself. */
  readonly #found = new Map<YAMLMap, unknown>();

  constructor(key: string, resolve: Resolve) {
    this.#key = key;
    this.#resolve = resolve;
  }

  /** Returns the member as it stands. A map's own one counts before those that it merges, and of these the first. */
  of(map: unknown): unknown {
    if (!isMap(map)) return undefined;
    if (this.#found.has(map)) return this.#found.get(map);
    this.#found.set(map, undefined);
    const own = map.items.find(({ key }) => isScalar(key) && key.value === this.#key);
    const found = own === undefined ? this.#merged(map) : own.value;
    this.#found.set(map, found);
    return found;
  }

  #merged(map: YAMLMap): unknown {
    for (const source of mergesOf(map, this.#resolve)) {
      const found = this.of(source);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/** Returns the members of a map and of those that it merges, each key once. Each map is read once. */
function mergedPairs(map: YAMLMap, resolve: Resolve): Pair[] {
  const pairs: Pair[] = [];
  const keys = new Set<unknown>();
  const seen = new Set<YAMLMap>();
  const add = (one: YAMLMap): void => {
    if (seen.has(one)) return;
    seen.add(one);
    const own = one.items.filter(
      (pair) => !isMerge(pair) && !(isScalar(pair.key) && keys.has(pair.key.value)),
    );
    pairs.push(...own);
    for (const { key } of own) if (isScalar(key)) keys.add(key.value);
    for (const source of mergesOf(one, resolve)) add(source);
  };
  add(map);
  return pairs;
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
