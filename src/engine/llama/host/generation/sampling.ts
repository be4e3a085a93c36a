/** Translates sampling parameters for node-llama-cpp, and fills in those that are not set. */
import { randomInt } from 'node:crypto';
import type { SequenceEvaluateOptions, Token } from 'node-llama-cpp';
import { MAX_SEED, type Sampling } from '../../../../base/sampling.ts';

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

/** Settings of one answer, in the library's terms. */
export type TokenChoice = Required<
  Pick<SequenceEvaluateOptions, 'temperature' | 'topK' | 'topP' | 'minP' | 'seed'>
> & { readonly penalty: RepeatPenalty | undefined };

/** Penalties for tokens that occurred among the last `lastTokens` of the answer. */
interface RepeatPenalty {
  readonly penalty: number;
  readonly presencePenalty: number;
  readonly frequencyPenalty: number;
  readonly lastTokens: number;
}

/** Uses a temperature of 0 unless another parameter asks for a choice among tokens. */
function temperatureOf({ temperature, topK, topP, minP }: Sampling): number {
  const isChoice = [topK, topP, minP].some((value) => value !== undefined);
  const wanted = temperature ?? (isChoice ? TEMPERATURE : 0);
  return wanted < LEAST_TEMPERATURE ? 0 : wanted;
}

function penaltiesOf(sampling: Sampling, contextTokens: number): RepeatPenalty | undefined {
  const { repeatPenalty: penalty = 1, presencePenalty = 0, frequencyPenalty = 0 } = sampling;
  const { repeatLastN = REPEAT_LAST_N } = sampling;
  // Off by default: the library's own default punishes repetitions, which code is full of.
  if (penalty === 1 && presencePenalty === 0 && frequencyPenalty === 0) return undefined;
  // The library reserves memory for these tokens, and an answer is never longer than the context.
  const lastTokens = repeatLastN < 0 ? contextTokens : Math.min(repeatLastN, contextTokens);
  return { penalty, presencePenalty, frequencyPenalty, lastTokens };
}

/** Builds the library's settings. @param contextTokens size of the context that answers. */
export function tokenChoice(sampling: Sampling, contextTokens: number): TokenChoice {
  return {
    temperature: temperatureOf(sampling),
    topK: sampling.topK ?? TOP_K,
    topP: sampling.topP ?? TOP_P,
    minP: sampling.minP ?? MIN_P,
    // The library's own seed depends on the current second, even within an answer.
    seed: sampling.seed ?? randomInt(MAX_SEED + 1),
    penalty: penaltiesOf(sampling, contextTokens),
  };
}

/** Tells if the most probable token always wins, so that an answer does not depend on chance or on earlier tokens. */
export function isGreedy({ temperature, penalty }: TokenChoice): boolean {
  return temperature === 0 && penalty === undefined;
}

/**
 * Returns the options for `evaluate`. A generation that goes on after a pause gets another seed, because the library
 * begins its random numbers anew.
 * @param answer tokens of the answer so far; read again before each token.
 * @param isLineEnd tokens that are never punished: every line of code ends with the same one.
 */
export function evaluateOptions(
  { penalty, ...choice }: TokenChoice,
  answer: readonly Token[],
  isLineEnd: (token: Token) => boolean,
): SequenceEvaluateOptions {
  const options = { ...choice, seed: (choice.seed + answer.length) % (MAX_SEED + 1) };
  if (penalty === undefined) return options;
  const { lastTokens, ...amounts } = penalty;
  return {
    ...options,
    repeatPenalty: {
      ...amounts,
      maxPunishTokens: lastTokens,
      punishTokens: () =>
        lastTokens === 0 ? [] : answer.slice(-lastTokens).filter((token) => !isLineEnd(token)),
    },
  };
}
