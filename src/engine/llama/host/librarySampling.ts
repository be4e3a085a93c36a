/** Sampling as node-llama-cpp takes it, with what nobody said filled in. */
import { randomInt } from 'node:crypto';
import type { LLamaChatGenerateResponseOptions } from 'node-llama-cpp';
import { MAX_SEED, type Sampling } from '../../../base/sampling.ts';

/** llama.cpp's own (common/common.h), and Ollama's. The library's is 0 whatever else is asked for. */
const TEMPERATURE = 0.8;
/** Those of the library. */
const TOP_K = 40;
const TOP_P = 0.95;
const MIN_P = 0;
/** Tokens; of llama.cpp, Ollama and the library. */
const REPEAT_LAST_N = 64;
/** Scores divided by less than this may become infinite; the most probable token has all the probability long before. */
const LEAST_TEMPERATURE = 0.001;

type LibrarySampling = Required<
  Pick<LLamaChatGenerateResponseOptions, 'temperature' | 'topK' | 'topP' | 'minP' | 'seed' | 'repeatPenalty'>
>;

/** Who says which tokens to choose from wants a choice, and left the temperature to the program. */
function temperatureOf({ temperature, topK, topP, minP }: Sampling): number {
  const isChoice = [topK, topP, minP].some((value) => value !== undefined);
  const wanted = temperature ?? (isChoice ? TEMPERATURE : 0);
  return wanted < LEAST_TEMPERATURE ? 0 : wanted;
}

function penaltiesOf(sampling: Sampling, contextTokens: number): LibrarySampling['repeatPenalty'] {
  const { repeatPenalty: penalty = 1, presencePenalty = 0, frequencyPenalty = 0 } = sampling;
  const { repeatLastN = REPEAT_LAST_N } = sampling;
  // Nobody asked for it, and the library's default punishes the repetitions that code is made of.
  if (penalty === 1 && presencePenalty === 0 && frequencyPenalty === 0) return false;
  // The library reserves memory for them; an answer is never longer than the context.
  const lastTokens = repeatLastN < 0 ? contextTokens : Math.min(repeatLastN, contextTokens);
  // Every line of code ends in the same token.
  return { penalty, presencePenalty, frequencyPenalty, lastTokens, penalizeNewLine: false };
}

/** @param contextTokens of the context that answers. */
export function librarySampling(sampling: Sampling, contextTokens: number): LibrarySampling {
  return {
    temperature: temperatureOf(sampling),
    topK: sampling.topK ?? TOP_K,
    topP: sampling.topP ?? TOP_P,
    minP: sampling.minP ?? MIN_P,
    // The library's own changes with each second, also within an answer.
    seed: sampling.seed ?? randomInt(MAX_SEED + 1),
    repeatPenalty: penaltiesOf(sampling, contextTokens),
  };
}
