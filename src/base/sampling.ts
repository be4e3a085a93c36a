/**
 * The parameters that choose the next token of an answer. Publishers, programs and people all use the same few
 * (llama.cpp, common/common.h; Ollama, docs/modelfile.md). Their values are bounded here, whoever sets them.
 */
import * as z from 'zod';

/** Wishes of one party. The next party in line decides what is not set, and the engine decides last. */
export interface Sampling {
  /** 0 always takes the most probable token; higher values give the others more of a chance. */
  readonly temperature?: number;
  /** Number of most probable tokens to choose from; 0 and -1 mean all. */
  readonly topK?: number;
  /** Chooses from the most probable tokens that together reach this probability, 0 to 1. */
  readonly topP?: number;
  /** Chooses from tokens with at least this fraction of the highest probability, 0 to 1. */
  readonly minP?: number;
  /** Divides the score of tokens that already occurred; 1 turns it off. */
  readonly repeatPenalty?: number;
  /** Number of recent tokens in which the three penalties look for repetitions; 0 means none, -1 all. */
  readonly repeatLastN?: number;
  /** Subtracted from the score of tokens that already occurred; 0 turns it off. */
  readonly presencePenalty?: number;
  /** Subtracted from the score of a token once for each earlier occurrence; 0 turns it off. */
  readonly frequencyPenalty?: number;
  /** The same seed gives the same answer to the same question. */
  readonly seed?: number;
}

/** The largest seed. llama.cpp reserves the next number for “random”, as others do -1. */
export const MAX_SEED = 2 ** 32 - 2;

/**
 * The accepted values. Beyond these bounds llama.cpp divides by zero, reserves memory for billions of tokens, or
 * produces text that is of no use to anyone.
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

/** The common names of the parameters, in the order in which they are shown. */
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

/** Reads the parameters that `value` provides. Anything that is not a number or is out of bounds counts as not set. */
export function readSampling(value: (parameter: keyof Sampling) => unknown): Sampling {
  const found: { -readonly [Key in keyof Sampling]: Sampling[Key] } = {};
  for (const parameter of PARAMETERS) {
    const { data } = samplingSchema.shape[parameter].safeParse(value(parameter));
    if (data !== undefined) found[parameter] = data;
  }
  return found;
}

const MAX_STOPS = 32;

/** Reads the stop texts of an answer, given as one text or a list. Skips anything else; undefined if none is left. */
export function readStops(value: unknown): string[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = list.filter((text): text is string => typeof text === 'string' && text !== '');
  return texts.length === 0 ? undefined : texts.slice(0, MAX_STOPS);
}

/** Formats parameters for people: `temperature 0.6, top_k 20`. */
export function formatSampling(sampling: Sampling): string {
  return PARAMETERS.filter((parameter) => sampling[parameter] !== undefined)
    .map((parameter) => `${SAMPLING_NAMES[parameter]} ${sampling[parameter]}`)
    .join(', ');
}
