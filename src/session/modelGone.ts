/** The failure of a question to a model that was chosen once and is not on this machine any more. */
import { ModelError } from '../base/error.ts';
import { t } from '../base/l10n.ts';

/** @see ModelError `not-found` */
export class ModelGoneError extends ModelError {
  /** The model's reference, from which it can be pulled again. */
  readonly id: string;

  constructor(id: string, label: string) {
    super('not-found', t('{0} is no longer on this machine. Choose another model, or pull it again.', label));
    this.id = id;
  }
}
