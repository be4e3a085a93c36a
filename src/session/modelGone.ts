/** The failure of a question to a model that was chosen once and is not here any more. */
import { ModelError } from '../base/error.ts';
import { t } from '../base/l10n.ts';
import { isEndpointId } from './endpointModel.ts';

/** @see ModelError `not-found` */
export class ModelGoneError extends ModelError {
  /** The id of the model: a reference from which it can be pulled again, or one of an endpoint. */
  readonly id: string;

  constructor(id: string, label: string) {
    super(
      'not-found',
      isEndpointId(id)
        ? t('The endpoint of {0} was removed. Choose another model, or add the endpoint again.', label)
        : t('{0} is no longer on this machine. Choose another model, or pull it again.', label),
    );
    this.id = id;
  }
}
