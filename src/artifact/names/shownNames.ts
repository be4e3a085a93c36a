/** Lists names of files in a message. */
import { asLocalized, type Localized, t } from '../../base/l10n.ts';
import { singleLine } from '../../base/text.ts';

/** Longest name, in characters. */
const MAX_LENGTH = 60;

/**
 * Formats names as `README.md, LICENSE and 2 more`. Returns an empty text if there are none.
 * @param max names shown.
 */
export function shownNames(names: readonly string[], max = 3): Localized {
  const shown = names
    .slice(0, max)
    .map((name) => singleLine(name, MAX_LENGTH))
    .join(', ');
  // Names have no words to translate.
  return names.length > max ? t('{0} and {1} more', shown, names.length - max) : asLocalized(shown);
}
