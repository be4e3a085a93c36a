/**
 * How the next token of an answer is chosen. Publishers, programs and people say it with the same few parameters
 * (llama.cpp, common/common.h; Ollama, docs/modelfile.md), and whatever any of them says is bounded here.
 */
import { z } from 'zod';

/** What somebody wants of the choice. What is absent is decided by whoever is asked next, in the end the engine. */
export interface Sampling {
  /** 0 takes the most probable token; above it, the higher, the more the others come in. */
  readonly temperature?: number;
  /** Tokens to choose from, the most probable ones; 0 and -1 take all. */
  readonly topK?: number;
  /** The most probable tokens that have this probability together, 0 to 1. */
  readonly topP?: number;
  /** Tokens with at least this part of the most probable one's probability, 0 to 1. */
  readonly minP?: number;
  /** Divides the score of tokens that were there already; 1 does nothing. */
  readonly repeatPenalty?: number;
  /** Tokens of the answer in which the three penalties look for repetitions; 0 none, -1 all. */
  readonly repeatLastN?: number;
  /** Taken off the score of tokens that were there already; 0 does nothing. */
  readonly presencePenalty?: number;
  /** Taken off the score of a token for each time that it was there already; 0 does nothing. */
  readonly frequencyPenalty?: number;
  /** The same one gives the same answer to the same question. */
  readonly seed?: number;
}

/** The largest seed; llama.cpp takes the next number for “a random one”, as others do -1. */
export const MAX_SEED = 2 ** 32 - 2;

/**
 * What is taken. Beyond these bounds llama.cpp divides by nothing, reserves memory by the billion tokens, or
 * gives no text that anybody could want.
 */
export const samplingSchema = z.object({
  temperature: z.number().min(0).max(10).exactOptional(),
  topK: z.int().min(-1).max(1_000_000).exactOptional(),
  topP: z.number().min(0).max(1).exactOptional(),
  minP: z.number().min(0).max(1).exactOptional(),
  repeatPenalty: z.number().min(0.1).max(10).exactOptional(),
  repeatLastN: z.int().min(-1).max(1_000_000).exactOptional(),
  presencePenalty: z.number().min(-2).max(2).exactOptional(),
  frequencyPenalty: z.number().min(-2).max(2).exactOptional(),
  seed: z.int().min(0).max(MAX_SEED).exactOptional(),
}) satisfies z.ZodType<Sampling>;

/** The parameters as everybody calls them, in the order in which they are shown. */
export const SAMPLING_NAMES = {
  temperature: 'temperature',
  topK: 'top_k',
  topP: 'top_p',
  minP: 'min_p',
  repeatPenalty: 'repeat_penalty',
  repeatLastN: 'repeat_last_n',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
  seed: 'seed',
} as const satisfies Record<keyof Sampling, string>;

const PARAMETERS = Object.keys(SAMPLING_NAMES) as (keyof Sampling)[];

/** The parameters that `value` gives. Whatever is no number, or out of bounds, counts as not said. */
export function readSampling(value: (parameter: keyof Sampling) => unknown): Sampling {
  const found: { -readonly [Key in keyof Sampling]: Sampling[Key] } = {};
  for (const parameter of PARAMETERS) {
    const { data } = samplingSchema.shape[parameter].safeParse(value(parameter));
    if (data !== undefined) found[parameter] = data;
  }
  return found;
}

const MAX_STOPS = 32;

/** Texts that end an answer, of one text or a list; undefined where there are none. Others than texts are left out. */
export function readStops(value: unknown): string[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = list.filter((text): text is string => typeof text === 'string' && text !== '');
  return texts.length === 0 ? undefined : texts.slice(0, MAX_STOPS);
}

/** For people: `temperature 0.6, top_k 20`. */
export function formatSampling(sampling: Sampling): string {
  return PARAMETERS.filter((parameter) => sampling[parameter] !== undefined)
    .map((parameter) => `${SAMPLING_NAMES[parameter]} ${sampling[parameter]}`)
    .join(', ');
}
