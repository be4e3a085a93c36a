/** The error of an answer that had to be a call of a tool. */
import { type Localized, t } from '../base/l10n.ts';

/** Says why there is no call. @param isCut true if the answer ended at a limit of tokens. */
export function noCallMessage(isCut: boolean): Localized {
  return isCut
    ? t('The answer ended at its limit before the call of a tool was complete. Ask for less, or try again.')
    : t('The model did not call a tool, though one is required. Choose a model that knows tools.');
}
