/** A model of this machine as it is listed, and whether it can be used. */
import { ModelError } from '../base/error.ts';
import type { LocalModel } from '../library/index.ts';

/** A stored model with a name for people. */
export interface ListedModel extends LocalModel {
  /** A short name that no other stored model has: `smollm2:135M-Q4_0`. */
  readonly label: string;
}

/** @throws ModelError `gguf-invalid` for a damaged model, `unsupported-artifact` for one that does not run here. */
export function requireUsable({ problem, reason }: ListedModel): void {
  if (problem !== undefined) throw new ModelError('gguf-invalid', problem);
  if (reason !== undefined) throw new ModelError('unsupported-artifact', reason);
}

/** Tells if a model can be loaded for a conversation. */
export function isUsable({ problem, reason }: ListedModel): boolean {
  return problem === undefined && reason === undefined;
}
