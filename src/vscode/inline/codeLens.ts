/** Shows Accept and Discard above a pending edit. */
import * as vscode from 'vscode';
import { t } from '../../base/l10n.ts';
import type { CommandId } from '../commands/ids.generated.ts';
import type { EditSession } from './editSession.ts';

/** The lenses of the pending edits. */
export class EditCodeLenses implements vscode.CodeLensProvider {
  readonly #sessionOf: (document: vscode.TextDocument) => EditSession | undefined;
  readonly #changed = new vscode.EventEmitter<void>();

  readonly onDidChangeCodeLenses = this.#changed.event;

  constructor(sessionOf: (document: vscode.TextDocument) => EditSession | undefined) {
    this.#sessionOf = sessionOf;
  }

  /** Makes VS Code ask for the lenses again. */
  refresh(): void {
    this.#changed.fire();
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const session = this.#sessionOf(document);
    if (session === undefined) return [];
    const range = new vscode.Range(session.startLine, 0, session.startLine, 0);
    const lens = (title: string, command: CommandId): vscode.CodeLens =>
      new vscode.CodeLens(range, { title, command, arguments: [document.uri.toString()] });
    if (session.phase === 'streaming') {
      return [lens(`$(loading~spin) ${t('Editing… Cancel')}`, 'ociModels.inlineChat.discard')];
    }
    if (session.phase !== 'pending') return [];
    return [
      lens(`$(check) ${t('Accept')}`, 'ociModels.inlineChat.accept'),
      lens(`$(discard) ${t('Discard')}`, 'ociModels.inlineChat.discard'),
    ];
  }
}
