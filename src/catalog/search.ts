/** The search for models: the language of its filters, and the models that it finds without asking anybody. */

import type { Verdict } from '../gguf/index.ts';
import { BUILT_IN_MODELS, type BuiltInModel, USES, type Use } from './builtIn.ts';
import { type ListedTag, recommendTag } from './recommend.ts';
import { type JudgedMachine, judgeBySize, surelyFits } from './sizeVerdict.ts';

const GB = 1e9;

/** A search as it was typed. */
export interface ModelQuery {
  /** Words that a name or description has to contain, in lower case. */
  readonly words: readonly string[];
  /** Uses that a model must have. */
  readonly uses: readonly Use[];
  /** Least and most bytes of a model's files. */
  readonly minBytes: number | undefined;
  readonly maxBytes: number | undefined;
  /** True if only models are wanted that run here for sure. */
  readonly fits: boolean;
  /** Parts that look like filters and are none, such as `@foo` and `<4`. Nothing matches them. */
  readonly unknown: readonly string[];
}

/** The filter for {@link ModelQuery.fits}. */
export const FITS_FILTER = '@fits';

/** Returns the filter for a use: `@code`. */
export function useFilter(use: Use): string {
  return `@${use}`;
}

/** A size as a filter, with spaces: `< 4 GB`. */
const SPACED_SIZE = /([<>])\s*(\d+(?:\.\d+)?)\s*(gb|mb)(?!\S)/g;

/** Parses words with filters: `qwen @code @fits >1gb <4 gb`. */
export function parseModelQuery(text: string): ModelQuery {
  const [words, uses, unknown]: [string[], Use[], string[]] = [[], [], []];
  let [minBytes, maxBytes]: (number | undefined)[] = [];
  let fits = false;
  const parts = text.toLowerCase().replaceAll(SPACED_SIZE, '$1$2$3').split(/\s+/);
  for (const part of parts.filter((one) => one !== '')) {
    const use = USES.find((one) => useFilter(one) === part);
    const bytes = sizeIn(part);
    if (use !== undefined) uses.push(use);
    else if (part === FITS_FILTER) fits = true;
    else if (bytes !== undefined && part.startsWith('<')) maxBytes = bytes;
    else if (bytes !== undefined) minBytes = bytes;
    else (/^[@<>]/.test(part) ? unknown : words).push(part);
  }
  return { words, uses, minBytes, maxBytes, fits, unknown };
}

/** Returns the bytes of `<4gb` and `>500mb`, or undefined for anything else. */
function sizeIn(filter: string): number | undefined {
  const [, amount, unit] = /^[<>](\d+(?:\.\d+)?)(gb|mb)$/.exec(filter) ?? [];
  return amount === undefined ? undefined : Number(amount) * (unit === 'mb' ? GB / 1000 : GB);
}

/** A model that may be looked for. */
export interface Searchable {
  readonly name: string;
  readonly description?: string | undefined;
  /** Undefined if they are not known; its name then decides. */
  readonly uses?: readonly Use[] | undefined;
  /** Bytes of its files; undefined if they are not known. */
  readonly bytes?: number | undefined;
  /** Where it runs, by its header. Undefined if that was not read; its size then decides. */
  readonly verdict?: Verdict | undefined;
}

/**
 * Tells whether a model is wanted. A size that is not known passes no filter for sizes.
 * @param machine judges what runs here; undefined while it is not known.
 */
export function matchesQuery(model: Searchable, query: ModelQuery, machine?: JudgedMachine): boolean {
  const { name, description = '', bytes } = model;
  const text = `${name} ${description}`.toLowerCase();
  const uses = model.uses ?? usesByName(text);
  return (
    query.words.every((word) => text.includes(word)) &&
    query.uses.every((use) => uses.includes(use)) &&
    query.unknown.length === 0 &&
    (query.minBytes === undefined || (bytes !== undefined && bytes >= query.minBytes)) &&
    (query.maxBytes === undefined || (bytes !== undefined && bytes <= query.maxBytes)) &&
    (!query.fits || fits(model, machine))
  );
}

function fits({ verdict, bytes, name }: Searchable, machine: JudgedMachine | undefined): boolean {
  if (verdict !== undefined) return surelyFits(verdict);
  return bytes !== undefined && machine !== undefined && surelyFits(judgeBySize({ bytes, name }, machine));
}

/** Names that tell a use, as publishers write them. */
const BY_NAME: readonly (readonly [RegExp, readonly Use[]])[] = [
  [/embed|bge-|e5-|minilm/, ['embedding']],
  [/coder|code|devstral|starcoder/, ['chat', 'code']],
  [/-vl\b|vision|llava|vlm|pixtral/, ['chat', 'vision']],
];

function usesByName(text: string): readonly Use[] {
  return BY_NAME.find(([pattern]) => pattern.test(text))?.[1] ?? ['chat'];
}

/** A built-in model with the tag of it that suits a search best. */
export interface BuiltInHit {
  readonly model: BuiltInModel;
  readonly tag: ListedTag & { readonly bytes: number };
}

/**
 * Returns the built-in models that a search wants, each with its recommended tag, or else its smallest one that passes
 * the filters.
 * @param machine undefined while it is not known.
 */
export function searchBuiltIn(query: ModelQuery, machine?: JudgedMachine): BuiltInHit[] {
  return BUILT_IN_MODELS.flatMap((model) => {
    const tags = model.tags
      .map(([tag, bytes]) => ({ tag, bytes }))
      .filter(({ bytes }) => matchesQuery({ ...model, bytes }, query, machine));
    const best = machine === undefined ? undefined : recommendTag(tags, machine, model.name);
    const tag = tags.find((one) => one.tag === best) ?? tags[0];
    return tag === undefined ? [] : [{ model, tag }];
  });
}
