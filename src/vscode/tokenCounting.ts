/** Exact counts of tokens, which are kept as long as a model is loaded. */
import { TokenCounts } from '../assist/index.ts';
import { capability, type Engine, type LoadedModel } from '../inference/index.ts';

/** An engine may load another model, with another vocabulary. */
const counts = new WeakMap<LoadedModel, TokenCounts>();

/**
 * Counts the tokens of `text` in the vocabulary of the model that `engine` has loaded.
 * @throws ModelError as `Engine.count`.
 */
export async function countTokens(engine: Engine, text: string, signal?: AbortSignal): Promise<number> {
  const count = capability(engine, 'count');
  const { loaded } = engine;
  if (loaded === undefined) return count(text, signal);
  const known = counts.get(loaded) ?? new TokenCounts();
  counts.set(loaded, known);
  return known.of(text, (uncounted) => count(uncounted, signal));
}
