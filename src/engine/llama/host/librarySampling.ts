/** Translates sampling parameters for node-llama-cpp, and fills in those that are not set. */
import { randomInt } from 'node:crypto';
import type { LLamaChatGenerateResponseOptions } from 'node-llama-cpp';
import { MAX_SEED, type Sampling } from '../../../base/sampling.ts';

/** Default of llama.cpp (common/common.h) and Ollama. The library's own is 0, whatever else is set. */
const TEMPERATURE = 0.8;
/** The library's defaults. */
const TOP_K = 40;
const TOP_P = 0.95;
const MIN_P = 0;
/** Default of llama.cpp, Ollama and the library, in tokens. */
const REPEAT_LAST_N = 64;
/** Lower temperatures count as 0: scores divided by less may become infinite, and one token would win anyway. */
const LEAST_TEMPERATURE = 0.001;

type LibrarySampling = Required<
  Pick<LLamaChatGenerateResponseOptions, 'temperature' | 'topK' | 'topP' | 'minP' | 'seed' | 'repeatPenalty'>
>;

/** Uses a temperature of 0 unless another parameter asks for a choice among tokens. */
function temperatureOf({ temperature, topK, topP, minP }: Sampling): number {
  const isChoice = [topK, topP, minP].some((value) => value !== undefined);
  const wanted = temperature ?? (isChoice ? TEMPERATURE : 0);
  return wanted < LEAST_TEMPERATURE ? 0 : wanted;
}

function penaltiesOf(sampling: Sampling, contextTokens: number): LibrarySampling['repeatPenalty'] {
  const { repeatPenalty: penalty = 1, presencePenalty = 0, frequencyPenalty = 0 } = sampling;
  const { repeatLastN = REPEAT_LAST_N } = sampling;
  // Off by default: the library's own default punishes repetitions, which code is full of.
  if (penalty === 1 && presencePenalty === 0 && frequencyPenalty === 0) return false;
  // The library reserves memory for these tokens, and an answer is never longer than the context.
  const lastTokens = repeatLastN < 0 ? contextTokens : Math.min(repeatLastN, contextTokens);
  // Every line of code ends with the same token, so line breaks are not punished.
  return { penalty, presencePenalty, frequencyPenalty, lastTokens, penalizeNewLine: false };
}

/** Builds the library's options. @param contextTokens size of the context that answers. */
export function librarySampling(sampling: Sampling, contextTokens: number): LibrarySampling {
  return {
    temperature: temperatureOf(sampling),
    topK: sampling.topK ?? TOP_K,
    topP: sampling.topP ?? TOP_P,
    minP: sampling.minP ?? MIN_P,
    // The library's own seed depends on the current second, even within an answer.
    seed: sampling.seed ?? randomInt(MAX_SEED + 1),
    repeatPenalty: penaltiesOf(sampling, contextTokens),
  };
}
