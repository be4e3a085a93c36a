/**
 * Reads the models of a Compose file: the top-level `models` (Compose specification, “Models”), each with an artifact's
 * name in `model`, and the form of before, services with `provider: { type: model, options: { model: … } }`. The file
 * may be anything and half typed, so whatever is not understood is left out.
 */
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  Scalar,
  visit,
  type YAMLMap,
} from 'yaml';
import { type Entry, type NamedModels, readNamedModels } from './named.ts';

/**
 * Returns the models of a Compose file: those of `models` in the order of their lines, merged ones behind the own of a
 * map, and then those of services.
 */
export function readComposeModels(text: string): NamedModels {
  return readNamedModels(text, {
    mayName: (whole) => /\b(models|provider)["']?\s*:/.test(whole) && /\bmodel["']?\s*:/.test(whole),
    entriesOf,
  });
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
  const member = (key: string): ((map: unknown) => unknown) => {
    const members = new Members(key, resolve);
    return (map) => members.of(resolve(map));
  };
  const contents = document.contents;
  const [model, provider, type, options] = [
    member('model'),
    member('provider'),
    member('type'),
    member('options'),
  ];
  const ofService = (service: unknown): unknown => {
    const source = provider(service);
    const kind = resolve(type(source));
    return isScalar(kind) && kind.value === 'model' ? model(options(source)) : undefined;
  };
  return [
    ...namesBelow(member('models')(contents), model, resolve),
    ...namesBelow(member('services')(contents), ofService, resolve),
  ];
}

/** Returns the names of the members of a map. @param nameOf finds the name in a member. */
function namesBelow(map: unknown, nameOf: (member: unknown) => unknown, resolve: Resolve): Entry[] {
  const members = resolve(map);
  if (!isMap(members)) return [];
  return mergedPairs(members, resolve).flatMap(({ key, value }) => {
    const node = nameOf(value);
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
