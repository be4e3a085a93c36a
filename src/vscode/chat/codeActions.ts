/** Code actions: what can be asked about code, in the light bulb. */
import * as vscode from 'vscode';
import { type Localized, t } from '../../base/l10n.ts';
import type { Session } from '../../session/index.ts';
import type { CommandId } from '../commands/ids.generated.ts';

/** Registers the actions. They appear only while there is a model that can answer. */
export function registerCodeActions(models: Session): vscode.Disposable {
  const actions = new CodeActions(models);
  const selector = ['file', 'untitled', 'vscode-notebook-cell', 'vscode-vfs'].map((scheme) => ({ scheme }));
  const registration = vscode.languages.registerCodeActionsProvider(selector, actions, {
    providedCodeActionKinds: [vscode.CodeActionKind.QuickFix, vscode.CodeActionKind.Refactor],
  });
  return vscode.Disposable.from(registration, actions);
}

class CodeActions implements vscode.CodeActionProvider, vscode.Disposable {
  readonly #models: Session;
  readonly #end: () => void;
  #hasModel = false;

  constructor(models: Session) {
    this.#models = models;
    this.#end = models.onDidChangeModels(() => void this.#refresh());
    void this.#refresh();
  }

  dispose(): void {
    this.#end();
  }

  provideCodeActions(
    _: vscode.TextDocument,
    range: vscode.Range,
    { diagnostics, triggerKind }: vscode.CodeActionContext,
  ): vscode.CodeAction[] {
    if (!this.#hasModel) return [];
    const fixes = diagnostics.length === 0 ? [] : [fix(diagnostics)];
    // At a mere cursor they would light the bulb at every line.
    const isAsked = !range.isEmpty || triggerKind === vscode.CodeActionTriggerKind.Invoke;
    return isAsked ? [...fixes, ...questions()] : fixes;
  }

  async #refresh(): Promise<void> {
    // A store that cannot be read has no models; whoever asks is told why.
    this.#hasModel = await this.#models.usable().then(
      (all) => all.length > 0,
      () => false,
    );
  }
}

function action(title: Localized, kind: vscode.CodeActionKind, command: CommandId): vscode.CodeAction {
  const made = new vscode.CodeAction(title, kind);
  made.command = { title, command };
  return made;
}

function fix(diagnostics: readonly vscode.Diagnostic[]): vscode.CodeAction {
  const made = action(t('Fix with Local Model'), vscode.CodeActionKind.QuickFix, 'ociModels.code.fix');
  made.diagnostics = [...diagnostics];
  return made;
}

function questions(): vscode.CodeAction[] {
  const { Refactor } = vscode.CodeActionKind;
  return [
    action(t('Explain with Local Model'), Refactor, 'ociModels.code.explain'),
    action(t('Document with Local Model'), Refactor, 'ociModels.code.doc'),
    action(t('Write Tests with Local Model'), Refactor, 'ociModels.code.tests'),
  ];
}
