/** The shape of a command of `@local`. Each is declared in a file of its own; package.json is made from them. */
import type { Localized } from '../../base/l10n.ts';

/** A question that may come next. */
export interface FollowUp {
  readonly label: () => Localized;
  /** The name of a command. */
  readonly command: string;
}

interface Named {
  /** As it is typed behind the slash. */
  readonly name: string;
  /** English, for package.nls.json. */
  readonly description: string;
}

/** A command that a model answers. */
export interface AskCommand extends Named {
  readonly kind: 'ask';
  /**
   * The subject, if nothing is selected: `code` is the code at the cursor, `problems` also has what the language says of
   * it, `changes` are those that are not committed, and `changesOrCode` is the code if there are none.
   */
  readonly subject: 'code' | 'problems' | 'changes' | 'changesOrCode';
  /** English, because models know it best. @param detail the text behind the command, possibly empty. */
  readonly question: (detail: string) => string;
  /** Said if there is no subject. */
  readonly nothing: () => Localized;
  readonly followUps?: readonly FollowUp[];
  /** True if the code in the answer takes the place of the subject. */
  readonly rewrites?: boolean;
}

/** A command that something else than a model does. */
export interface ActCommand extends Named {
  readonly kind: 'act';
}

export type SlashCommand = AskCommand | ActCommand;

/** Puts the user's own words behind a question. */
export function withDetail(question: string, detail: string): string {
  return detail.trim() === '' ? question : `${question}\n${detail.trim()}`;
}
