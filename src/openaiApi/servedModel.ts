/** A model as a server lists it. */
import { isObject } from '../base/json.ts';

/** The abilities of a model, each undefined if the server does not tell. */
export interface Abilities {
  readonly chat?: boolean | undefined;
  readonly tools?: boolean | undefined;
  readonly vision?: boolean | undefined;
  readonly thinking?: boolean | undefined;
  readonly infill?: boolean | undefined;
  /** True if an answer goes on behind a thought that a request closes. */
  readonly closesThoughts?: boolean | undefined;
}

/** A model on a server. */
export interface ServedModel {
  /** The server's name for it. */
  readonly id: string;
  /** Tokens that the server allocated for one conversation. A longer prompt fails, or is cut in silence. */
  readonly contextTokens?: number | undefined;
  /** Tokens that the model was trained for, which may be more than were allocated. */
  readonly trainContextTokens?: number | undefined;
  readonly abilities: Abilities;
  /** False if the server loads it with the first request. */
  readonly isLoaded?: boolean | undefined;
}

/** Models of one server that are listed. */
const MAX_MODELS = 1_000;
/** Characters of a name. */
const MAX_NAME = 512;
/** Tokens of a context beyond which a number is a mistake: the longest ones have 10 million. */
const MAX_CONTEXT = 2 ** 24;

/** An entry of `/v1/models`. */
export interface ListedEntry {
  readonly id: string;
  readonly ownedBy: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Reads `/v1/models`. Returns undefined if the answer is no such list. */
export function readModelList(json: unknown): ListedEntry[] | undefined {
  const list = isObject(json) ? json['data'] : json;
  if (!Array.isArray(list))
    return isObject(json) && json['object'] === 'list' && list === null ? [] : undefined;
  return list
    .slice(0, MAX_MODELS)
    .filter(isObject)
    .flatMap((fields) => {
      const { id, owned_by: owner } = fields;
      if (typeof id !== 'string' || id === '' || id.length > MAX_NAME) return [];
      return [{ id, ownedBy: typeof owner === 'string' ? owner : '', fields }];
    });
}

/** Returns the tokens of a context, a positive whole number; undefined for anything else. */
export function tokenCount(value: unknown): number | undefined {
  const isCount = typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
  return isCount && value <= MAX_CONTEXT ? value : undefined;
}

/** Returns the list of words that a value is; an empty one for anything else. */
export function words(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** Tells by the list of modalities of an entry if a model sees images; undefined if there is no list. */
export function visionIn({ fields }: ListedEntry): boolean | undefined {
  const inputs = words(at(fields, 'architecture', 'input_modalities'));
  return inputs.length === 0 ? undefined : inputs.includes('image');
}

/** Returns the value at a path of fields, or undefined. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const key of path) found = isObject(found) ? found[key] : undefined;
  return found;
}
