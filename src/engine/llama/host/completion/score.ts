/** The likelihood of a text: how probable each of its tokens is after the prompt and those before it. */
import type { ControlledEvaluateIndexOutput, Token } from 'node-llama-cpp';
import { t } from '../../../../base/l10n.ts';
import type { MarkedText } from '../generation/vocabulary.ts';
import { HostError } from '../hostError.ts';
import type { HostModel } from '../load/loadModel.ts';
import { markedPrompt, requireRoom } from './markedPrompt.ts';

/**
 * Tokens that are scored. Each needs the probabilities of the whole vocabulary, which takes up to 0.2 s; a self-test has
 * a dozen.
 */
const MAX_TOKENS = 64;
/** Stands for a probability that is rounded to 0. */
const LEAST_PROBABILITY = 1e-12;
/** At temperature 0 the library tells the probabilities of all tokens as the model sees them. */
const ALL = { generateNext: { probabilities: true, options: { temperature: 0 } } } as const;

/** @throws HostError `context-overflow`, `engine-error` if the text is empty or longer than {@link MAX_TOKENS}. */
export async function score(
  host: HostModel,
  { prompt, text }: { readonly prompt: MarkedText; readonly text: string },
  signal: AbortSignal,
): Promise<{ logProbability: number; tokens: number }> {
  const before = markedPrompt(host, prompt);
  const tokens = host.vocabulary.tokensOf([{ text, special: false }]);
  if (before.length === 0 || tokens.length === 0 || tokens.length > MAX_TOKENS)
    throw new HostError('engine-error', t('A text of 1 to {0} tokens can be scored.', MAX_TOKENS));
  requireRoom(host, before.length + tokens.length);
  const turn = host.turns.take('edit', { signal });
  try {
    for (;;) {
      await turn.begin();
      if (turn.isCancelled) throw new HostError('engine-error', t('The request was canceled.'));
      if ((await host.prompts.evaluate(before, turn, () => {})).isWhole) break;
      turn.pause();
    }
    return { logProbability: await scoreTokens(host, before.at(-1), tokens), tokens: tokens.length };
  } finally {
    turn.end();
  }
}

async function scoreTokens(
  { sequence }: HostModel,
  last: Token | undefined,
  tokens: readonly Token[],
): Promise<number> {
  const given = [...(last === undefined ? [] : [last]), ...tokens.slice(0, -1)];
  const results = await sequence.controlledEvaluate(given.map((token): [Token, typeof ALL] => [token, ALL]));
  return tokens.reduce((sum, token, index) => sum + Math.log(probabilityOf(results[index], token)), 0);
}

function probabilityOf(result: ControlledEvaluateIndexOutput | undefined, token: Token): number {
  const probability = result?.next.probabilities?.get(token) ?? 0;
  return Math.min(1, Math.max(probability, LEAST_PROBABILITY));
}
