/** The failure of a single attachment. */
import type { Localized } from '../../../base/l10n.ts';

/** An attachment that cannot be read, with the reason for people. */
export class Unreadable extends Error {
  readonly reason: Localized;

  constructor(reason: Localized) {
    super(reason);
    this.reason = reason;
  }
}

/** An attachment that could be read if there were fewer. */
export class NoRoom extends Unreadable {}
