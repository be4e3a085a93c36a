/** Facts of a model on a server, as those of a loaded one. */
import type { LoadedModel } from '../../inference/index.ts';
import type { DescribedModel } from './discover.ts';
import { canInfill } from './infillPrompt.ts';

/** Tokens of a context that no server tells anything about. */
export const UNKNOWN_CONTEXT = 8_192;

/** @param loadMs milliseconds that finding out took. */
export function loadedModel({ server, model }: DescribedModel, loadMs: number): LoadedModel {
  const contextTokens = model.contextTokens ?? model.trainContextTokens ?? UNKNOWN_CONTEXT;
  const trainContextTokens = model.trainContextTokens ?? contextTokens;
  const { abilities } = model;
  return {
    contextTokens,
    trainContextTokens,
    loadMs,
    infill: canInfill(server, model),
    vision: abilities.vision === true,
    closesThoughts: abilities.closesThoughts === true,
  };
}
