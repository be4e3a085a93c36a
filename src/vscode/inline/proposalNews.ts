/** The sentences about proposals that people hear who do not see them. */
import type * as vscode from 'vscode';
import { asLocalized, type Localized, t } from '../../base/l10n.ts';
import { Announcer } from '../window/announcer.ts';
import { pathOf } from './documents.ts';
import { countLines, type EditBlock } from './editBlocks.ts';
import type { Proposal } from './proposal.ts';

/** Says when a proposal is ready, was refused, accepted or discarded. */
export class ProposalNews implements vscode.Disposable {
  readonly #announcer = new Announcer('ociModels.inlineChat', t('Edit with Local Model'));

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

  /** @param block the part that was accepted. Defaults to all of the proposal. */
  accepted({ document, blocks, state }: Proposal, block?: EditBlock): void {
    const name = pathOf(document);
    if (block === undefined || state.kind === 'ended') this.#say(t('The edit of {0} was accepted.', name));
    else this.#say(asLocalized(`${t('Accepted a block of the edit of {0}.', name)} ${left(blocks)}`));
  }

  rejected({ document, blocks }: Proposal): void {
    this.#say(asLocalized(`${t('Left a block out of the edit of {0}.', pathOf(document))} ${left(blocks)}`));
  }

  discarded({ document }: Proposal): void {
    this.#say(t('The edit of {0} was discarded.', pathOf(document)));
  }

  dispose(): void {
    this.#announcer.dispose();
  }

  #say(text: Localized): void {
    this.#announcer.say(text);
  }
}

function left(blocks: readonly EditBlock[]): Localized {
  return blocks.length === 1 ? t('1 block is left.') : t('{0} blocks are left.', blocks.length);
}
