/** How an answer is generated: what the asker wants counts more than what the model's publisher wants. */
import { readSampling, readStops, SAMPLING_NAMES, type Sampling } from '../base/sampling.ts';

/** What somebody wants of an answer. */
export interface GenerationWishes {
  readonly sampling?: Sampling | undefined;
  /** Texts that end the answer. */
  readonly stop?: readonly string[] | undefined;
  /** Tokens of the answer at most. */
  readonly maxTokens?: number | undefined;
}

/**
 * For edits of code. They are to be what was asked for, and the same each time, so nothing is left to chance. A
 * publisher's penalties are meant for prose that runs in circles: code repeats its names, brackets and indentation,
 * and the more lines an edit has, the more of them would be wrong. A publisher's other wishes hold; those about
 * chance then decide nothing.
 */
export const EDIT_SAMPLING: Sampling = {
  temperature: 0,
  repeatPenalty: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
};

/**
 * What of a publisher's wishes counts for edits of code: not a limit that is meant for chat, which would cut the new
 * lines off, and no text that stands around or in every answer with code.
 */
export function wishesForEdits<Wishes extends GenerationWishes>(published: Wishes): Wishes {
  const stop = published.stop?.filter((text) => !text.includes('`') && text.trim() !== '');
  return { ...published, stop, maxTokens: undefined };
}

/**
 * What a program wants through `modelOptions` of VS Code's language model API, whose names are left to the models:
 * those of Ollama's options, of which OpenAI's are a part. What is not understood or out of bounds is not wanted.
 */
export function readModelOptions(options: Readonly<Record<string, unknown>> = {}): GenerationWishes {
  const maxTokens = options['max_tokens'] ?? options['num_predict'];
  return {
    sampling: readSampling((parameter) => options[SAMPLING_NAMES[parameter]]),
    stop: readStops(options['stop']),
    maxTokens: Number.isSafeInteger(maxTokens) && Number(maxTokens) > 0 ? Number(maxTokens) : undefined,
  };
}

/**
 * Both together. The asker's parameters count, one by one; either's texts end the answer, since those of the
 * publisher are where the model itself would have ended.
 * @param limitTokens of any answer.
 */
export function mergeWishes(
  asked: GenerationWishes,
  published: GenerationWishes,
  limitTokens: number,
): Required<GenerationWishes> & { readonly maxTokens: number } {
  return {
    sampling: { ...published.sampling, ...asked.sampling },
    stop: [...new Set([...(published.stop ?? []), ...(asked.stop ?? [])])],
    maxTokens: Math.min(asked.maxTokens ?? published.maxTokens ?? limitTokens, limitTokens),
  };
}
