/** The sentences about proposals that people hear who do not see them. */
import type * as vscode from 'vscode';
import { asLocalized, type Localized, t } from '../../base/l10n.ts';
import { Announcer } from '../window/announcer.ts';
import { pathOf } from './documents.ts';
import { countLines, type EditBlock } from './editBlocks.ts';
import type { Proposal } from './proposal.ts';

/** Says when a proposal is ready, was refused, accepted or discarded. */
export class ProposalNews implements vscode.Disposable {
  readonly #announcer: Announcer;

  /** @param id of the place in the status bar. @param name of it, for the user who hides it. */
  constructor(id: string, name: Localized) {
    this.#announcer = new Announcer(id, name);
  }

  /** Says how an answer ended. */
  finished({ state, document, blocks }: Proposal): void {
    const name = pathOf(document);
    if (state.kind === 'ready') {
      const { added, removed } = countLines(blocks);
      const ready = t('The edit of {0} is ready: lines added {1}, removed {2}.', name, added, removed);
      this.#announcer.say(ready, asLocalized([ready, ...state.notes].join(' ')));
    } else if (state.kind === 'failed') {
      this.#announcer.say(t('No edit of {0}.', name), t('No edit of {0}. {1}', name, state.message));
    }
  }

  /** @param blocks those that are left; none if all of the edit is in the file. */
  accepted(name: string, blocks: readonly EditBlock[]): void {
    if (blocks.length === 0) this.say(t('The edit of {0} was accepted.', name));
    else this.say(asLocalized(`${t('Accepted a block of the edit of {0}.', name)} ${left(blocks)}`));
  }

  /**
   * @param blocks those that are left; none if nothing is.
   * @param isTaken true if others are in the file.
   */
  rejected(name: string, blocks: readonly EditBlock[], isTaken: boolean): void {
    if (blocks.length === 0 && isTaken) this.say(t('The rest of the edit of {0} was discarded.', name));
    else if (blocks.length === 0) this.discarded(name);
    else this.say(asLocalized(`${t('Left a block out of the edit of {0}.', name)} ${left(blocks)}`));
  }

  discarded(name: string): void {
    this.say(t('The edit of {0} was discarded.', name));
  }

  say(text: Localized): void {
    this.#announcer.say(text);
  }

  dispose(): void {
    this.#announcer.dispose();
  }
}

function left(blocks: readonly EditBlock[]): Localized {
  return blocks.length === 1 ? t('1 block is left.') : t('{0} blocks are left.', blocks.length);
}
