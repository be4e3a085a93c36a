/** Inline chat that needs no sign-in and no built-in chat: an instruction changes lines of the editor. */
import * as vscode from 'vscode';
import { buildEditMessages, createEditReader, EDIT_SAMPLING, wishesForEdits } from '../../assist/index.ts';
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import type { ReadyEngine, Session } from '../../session/index.ts';
import { ask } from '../ask.ts';
import { EDIT_PENDING } from '../commands/when.ts';
import { askForText, showInfo } from '../window/notify.ts';
import { EditCodeLenses } from './codeLens.ts';
import { EditDecorations } from './decorations.ts';
import { EditSession } from './editSession.ts';

/** Number of lines before and after the changed ones that the model sees. */
const CONTEXT_LINES = 20;
/** Number of lines before and after them that the answer is compared with; models answer with whole files. */
const COMPARED_LINES = 2_000;

/** The pending edits of this window, at most one for each document. */
export class InlineChat implements vscode.Disposable {
  readonly #models: Session;
  readonly #log: Log;
  readonly #sessions = new Map<string, EditSession>();
  readonly #decorations = new EditDecorations();
  readonly #lenses = new EditCodeLenses((document) => this.#sessions.get(document.uri.toString()));
  readonly #subscriptions: vscode.Disposable[];

  constructor(models: Session, log: Log) {
    this.#models = models;
    this.#log = log;
    this.#subscriptions = [
      this.#decorations,
      vscode.languages.registerCodeLensProvider({ pattern: '**' }, this.#lenses),
      vscode.window.onDidChangeActiveTextEditor(() => this.#updateContext()),
    ];
  }

  dispose(): void {
    for (const session of this.#sessions.values()) session.dispose();
    vscode.Disposable.from(...this.#subscriptions).dispose();
  }

  /**
   * Changes the selected lines, or the cursor's line, of the active editor.
   * @param given the instruction. Defaults to asking for it.
   * @throws ModelError if the model cannot be used or answers without code; the old lines are restored then.
   */
  async start(given?: string): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined) {
      void showInfo(t('Open a file and select the lines to change.'));
      return;
    }
    const { document } = editor;
    const [first, last] = selectedLines(editor.selection);
    const model = await this.#models.chosen('edit');
    const instruction = given ?? (await askInstruction(first, last, model.label));
    if (instruction === undefined || instruction.trim() === '') return;
    await this.#sessions.get(document.uri.toString())?.discard();
    const session = this.#open(document, first, last);
    // Collapsed so that typing does not replace the lines, and so that the colors of the edit are visible.
    const start = document.lineAt(first).firstNonWhitespaceCharacterIndex;
    editor.selection = new vscode.Selection(first, start, first, start);
    try {
      const ready = await this.#models.load(model, { signal: session.signal });
      await this.#stream(session, ready, instruction.trim());
    } catch (error) {
      await session.discard();
      throw error;
    }
  }

  /** Keeps the new lines. @param uri the document as text. Defaults to that of the active editor. */
  async accept(uri?: string): Promise<void> {
    await this.#session(uri)?.accept();
  }

  /** Restores the old lines. @param uri the document as text. Defaults to that of the active editor. */
  async discard(uri?: string): Promise<void> {
    await this.#session(uri)?.discard();
  }

  #session(uri: string | undefined): EditSession | undefined {
    return this.#sessions.get(uri ?? vscode.window.activeTextEditor?.document.uri.toString() ?? '');
  }

  #open(document: vscode.TextDocument, first: number, last: number): EditSession {
    const key = document.uri.toString();
    const session = new EditSession(document, first, last, this.#decorations);
    this.#sessions.set(key, session);
    session.onDidChange(() => {
      if (session.phase === 'ended' && this.#sessions.get(key) === session) this.#sessions.delete(key);
      this.#lenses.refresh();
      this.#updateContext();
    });
    this.#lenses.refresh();
    this.#updateContext();
    return session;
  }

  async #stream(session: EditSession, ready: ReadyEngine, instruction: string): Promise<void> {
    const { document, original, signal } = session;
    const messages = buildEditMessages({
      instruction,
      languageId: document.languageId,
      label: vscode.workspace.asRelativePath(document.uri),
      lines: original,
      ...linesAround(document, session.startLine, original.length, CONTEXT_LINES),
    });
    const reader = createEditReader(original, {
      languageId: document.languageId,
      indentation: indentationOf(document),
      complete: true,
      ...linesAround(document, session.startLine, original.length, COMPARED_LINES),
    });
    const result = await ask({ ...ready, defaults: wishesForEdits(ready.defaults) }, messages, {
      signal,
      wishes: { sampling: EDIT_SAMPLING },
      purpose: 'edit',
      copiedText: original.join('\n'),
      // A thought would take longer than the edit.
      thinking: false,
      onText: (text) => {
        const { lines } = reader.push(text);
        // The final call below reports any failure.
        session.update(lines, false).catch(() => {});
      },
      onDropped: (what) => this.#log.warn(`Inline chat: left out of the prompt: ${what}`),
    });
    this.#log.info(
      `Inline chat: ${result.promptTokens} tokens asked, ${result.answerTokens} answered in ${Math.round(result.totalMs)} ms, ${result.stopReason}.`,
    );
    if (result.stopReason === 'cancelled') return;
    const edit = reader.end({ complete: result.stopReason !== 'length' });
    if (edit.kind === 'refused') throw new ModelError('engine-error', edit.reason);
    if (edit.kind === 'unchanged') {
      await session.discard();
      void showInfo(t('The model sees nothing to change here.'));
      return;
    }
    for (const note of edit.notes) this.#log.info(`Inline chat: ${note}`);
    await session.update(edit.lines, true);
  }

  #updateContext(): void {
    const phase = this.#session(undefined)?.phase;
    void vscode.commands.executeCommand('setContext', EDIT_PENDING, phase === 'pending');
  }
}

/** Returns whole lines. A selection that ends before the first character of a line excludes that line. */
function selectedLines(selection: vscode.Selection): [first: number, last: number] {
  const { start, end } = selection;
  const last = end.line > start.line && end.character === 0 ? end.line - 1 : end.line;
  return [start.line, last];
}

function askInstruction(first: number, last: number, model: string): Thenable<string | undefined> {
  return askForText({
    title: t('Inline Chat'),
    prompt:
      first === last
        ? t('What should {0} change in line {1}?', model, first + 1)
        : t('What should {0} change in lines {1} to {2}?', model, first + 1, last + 1),
    placeHolder: t('Add types'),
  });
}

function linesAround(
  document: vscode.TextDocument,
  startLine: number,
  count: number,
  around: number,
): { before: string[]; after: string[] } {
  const lines = (from: number, to: number): string[] => {
    const first = Math.max(0, from);
    const length = Math.max(0, Math.min(document.lineCount, to) - first);
    return Array.from({ length }, (_, index) => document.lineAt(first + index).text);
  };
  const end = startLine + count;
  return { before: lines(startLine - around, startLine), after: lines(end, end + around) };
}

/** One level of a document's indentation, as its editor has it. */
function indentationOf(document: vscode.TextDocument): string {
  const editor = vscode.window.visibleTextEditors.find((one) => one.document === document);
  const { insertSpaces, tabSize } = editor?.options ?? {};
  return insertSpaces === false ? '\t' : ' '.repeat(typeof tabSize === 'number' ? tabSize : 4);
}
