/** A model of this machine as lists show it, with checks for its use. */
import { ModelError } from '../base/error.ts';
import { asLocalized } from '../base/l10n.ts';
import type { LocalModel } from '../library/index.ts';

/** A stored model with a name for people. */
export interface ListedModel extends LocalModel {
  /** A short name that no other stored model has, such as `smollm2:135M-Q4_0`. */
  readonly label: string;
}

/** @throws ModelError `gguf-invalid` for a damaged model, `unsupported-artifact` for one that does not run here. */
export function requireUsable({ problem, reason }: ListedModel): void {
  // Both were localized when the model was read.
  if (problem !== undefined) throw new ModelError('gguf-invalid', asLocalized(problem));
  if (reason !== undefined) throw new ModelError('unsupported-artifact', asLocalized(reason));
}

/** Returns true if a model can be loaded for a conversation. */
export function isUsable({ problem, reason }: ListedModel): boolean {
  return problem === undefined && reason === undefined;
}
