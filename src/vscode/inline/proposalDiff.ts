/** Shows proposals in the diff editor, against a document that exists only there. */
import * as vscode from 'vscode';
import { t } from '../../base/l10n.ts';
import { PROPOSAL_SCHEME } from '../commands/when.ts';
import { allTabs, pathOf } from './documents.ts';
import type { Proposal } from './proposal.ts';

/** The documents with the proposed lines in their place, and the editors that compare them with the files. */
export class ProposalDiffs implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #find: (id: string) => Proposal | undefined;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #subscriptions: vscode.Disposable[];

  readonly onDidChange = this.#changed.event;

  constructor(find: (id: string) => Proposal | undefined) {
    this.#find = find;
    this.#subscriptions = [
      this.#changed,
      vscode.workspace.registerTextDocumentContentProvider(PROPOSAL_SCHEME, this),
    ];
  }

  provideTextDocumentContent(uri: vscode.Uri): string | undefined {
    return this.#find(uri.query)?.proposedText();
  }

  /** Shows a proposal, at its lines. */
  async open(proposal: Proposal): Promise<void> {
    const { document, first, last } = proposal;
    const name = pathOf(document);
    await vscode.commands.executeCommand(
      'vscode.diff',
      document.uri,
      uriOf(proposal),
      t('{0} (proposed edit)', name),
      { preview: true, selection: new vscode.Range(first, 0, first, 0) },
    );
    // The proposal may have ended, or its lines have moved, while the editor opened.
    if (proposal.state.kind === 'ended') await this.close(proposal);
    else if (last !== proposal.last) this.refresh(proposal);
  }

  /** Reads a proposal again if it is shown. */
  refresh(proposal: Proposal): void {
    if (tabsOf(proposal).length > 0) this.#changed.fire(uriOf(proposal));
  }

  /** Closes the editors of a proposal. @returns true if there was one. */
  async close(proposal: Proposal): Promise<boolean> {
    const tabs = tabsOf(proposal);
    if (tabs.length > 0) await vscode.window.tabGroups.close(tabs);
    return tabs.length > 0;
  }

  dispose(): void {
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }
}

/** The document of a proposal. It has the name of the file, for its language and icon. */
function uriOf({ id, document }: Proposal): vscode.Uri {
  return document.uri.with({ scheme: PROPOSAL_SCHEME, query: id, fragment: '' });
}

function tabsOf(proposal: Proposal): vscode.Tab[] {
  const uri = uriOf(proposal).toString();
  return allTabs().filter(
    ({ input }) => input instanceof vscode.TabInputTextDiff && input.modified.toString() === uri,
  );
}
