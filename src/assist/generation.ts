/** Decides how an answer is generated: the caller's wishes take precedence over those of the model's publisher. */
import { readSampling, readStops, SAMPLING_NAMES, type Sampling } from '../base/sampling.ts';

/** Wishes for an answer. */
export interface GenerationWishes {
  readonly sampling?: Sampling | undefined;
  /** Texts that end the answer. */
  readonly stop?: readonly string[] | undefined;
  /** Maximum length of the answer, in tokens. */
  readonly maxTokens?: number | undefined;
}

/**
 * Sampling for conversations with a model whose publisher says nothing. Greedy answers of small models go round in
 * circles: of ten questions SmolLM2-135M answers three without end, and none with these values.
 */
export const CHAT_SAMPLING: Sampling = { temperature: 0.7, topP: 0.9, repeatPenalty: 1.1 };

/**
 * Sampling for edits of code, which should do what was asked, and do the same each time, so nothing is left to chance.
 * A publisher's penalties are meant for prose that repeats itself; code repeats names, brackets and indentation, and a
 * longer edit would get more of them wrong. A publisher's other wishes hold, though without chance they decide nothing.
 */
export const EDIT_SAMPLING: Sampling = {
  temperature: 0,
  repeatPenalty: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
};

/**
 * Adapts a publisher's wishes to edits of code. Drops the limit, which is meant for chat and would cut the new lines
 * off, and stop texts that occur in or around every answer with code.
 */
export function wishesForEdits<Wishes extends GenerationWishes>(published: Wishes): Wishes {
  const stop = published.stop?.filter((text) => !text.includes('`') && text.trim() !== '');
  return { ...published, stop, maxTokens: undefined };
}

/**
 * Reads the wishes that a program passes as `modelOptions` of VS Code's language model API, which leaves their names to
 * the models. These are the names of Ollama's options, which include OpenAI's. Unknown and invalid ones are ignored.
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
 * Merges both sets of wishes. The caller's parameters win one by one. Stop texts of both apply, since those of the
 * publisher mark where the model itself would have stopped.
 * If nobody has wishes for the sampling, {@link CHAT_SAMPLING} applies.
 * @param limitTokens maximum for any answer.
 */
export function mergeWishes(
  asked: GenerationWishes,
  published: GenerationWishes,
  limitTokens: number,
): Required<GenerationWishes> & { readonly maxTokens: number } {
  const sampling = { ...published.sampling, ...asked.sampling };
  return {
    sampling: Object.keys(sampling).length === 0 ? CHAT_SAMPLING : sampling,
    stop: [...new Set([...(published.stop ?? []), ...(asked.stop ?? [])])],
    maxTokens: Math.min(asked.maxTokens ?? published.maxTokens ?? limitTokens, limitTokens),
  };
}
