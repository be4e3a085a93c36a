/**
 * Shows a proposal below its last line, as a thread of comments: the box for the instruction, the lines while they come,
 * the proposal with its buttons.
 *
 * VS Code sends a thread's comments to the window 100 ms after the last change, and renders each block as a whole. So
 * they change no more often than every 150 ms, and only the newest lines are shown meanwhile.
 */
import * as vscode from 'vscode';
import { type Localized, t } from '../../base/l10n.ts';
import { markdownText, plainText } from '../../base/text.ts';
import type { CommandId } from '../commands/ids.generated.ts';
import { INPUT_COMMENT, type ThreadPhase } from '../commands/when.ts';
import { markdownWithButtons } from '../window/markdown.ts';
import { Paced } from './paced.ts';
import type { Proposal } from './proposal.ts';
import { buttonsText, LONG_LINES, proposedText, streamedText, type TextButton } from './proposalText.ts';

const FRAME_MS = 150;

/** The commands of the buttons, the only ones that a comment may run. */
const COMMANDS: readonly CommandId[] = [
  'ociModels.inlineChat.accept',
  'ociModels.inlineChat.discard',
  'ociModels.inlineChat.retry',
  'ociModels.inlineChat.openDiff',
];

/** The thread of one proposal, from its beginning to its end. */
export class ProposalThread implements vscode.Disposable {
  readonly #controller: vscode.CommentController;
  readonly #proposal: Proposal;
  #thread: vscode.CommentThread;
  readonly #frames = new Paced<undefined>(FRAME_MS, () => this.#render());
  readonly #subscription: vscode.Disposable;
  #input: vscode.Comment | undefined;
  /** The line that the thread stands below, as VS Code was told. */
  #line: number;
  #isFolded = false;
  #isDisposed = false;

  constructor(controller: vscode.CommentController, proposal: Proposal) {
    this.#controller = controller;
    this.#proposal = proposal;
    this.#line = proposal.last;
    this.#thread = this.#open();
    this.#subscription = proposal.onDidChange(() => this.#update());
  }

  /** Tells if an argument that VS Code gives a command is this thread, or one of its comments. */
  owns(argument: unknown): boolean {
    return argument === this.#thread || this.#thread.comments.some((comment) => comment === argument);
  }

  /** Opens a box for an instruction, with the keyboard in it. @param text to begin with. */
  ask(text = ''): void {
    this.#input = {
      author: { name: t('Edit') },
      body: text,
      mode: vscode.CommentMode.Editing,
      contextValue: INPUT_COMMENT,
    };
    this.#render();
  }

  /** True while there is a box for an instruction. */
  get isAsking(): boolean {
    return this.#input !== undefined;
  }

  /**
   * Closes the box. VS Code remembers that its comment had the keyboard, and takes it back there with every change of the
   * thread's comments, away from whoever types in the file; so the thread begins anew.
   */
  closeInput(): void {
    if (this.#input === undefined || this.#isDisposed) return;
    this.#input = undefined;
    const old = this.#thread;
    this.#line = this.#proposal.last;
    this.#thread = this.#open();
    this.#render();
    old.dispose();
  }

  /** Folds the thread, which would leave a gap in the diff editor of its file, or opens it again. */
  fold(isFolded: boolean): void {
    if (this.#isFolded === isFolded) return;
    this.#isFolded = isFolded;
    this.#thread.collapsibleState = this.#collapsibleState;
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#frames.clear();
    this.#subscription.dispose();
    this.#thread.dispose();
  }

  get #collapsibleState(): vscode.CommentThreadCollapsibleState {
    const { Collapsed, Expanded } = vscode.CommentThreadCollapsibleState;
    return this.#isFolded ? Collapsed : Expanded;
  }

  #open(): vscode.CommentThread {
    const { uri } = this.#proposal.document;
    const thread = this.#controller.createCommentThread(uri, lineRange(this.#line), []);
    thread.canReply = false;
    thread.collapsibleState = this.#collapsibleState;
    // An unresolved thread opens the panel of all comments.
    thread.state = vscode.CommentThreadState.Resolved;
    return thread;
  }

  #update(): void {
    const { kind } = this.#proposal.state;
    if (kind === 'ended') this.dispose();
    else if (kind === 'working') this.#frames.push(undefined);
    else this.#renderNow();
  }

  #renderNow(): void {
    this.#frames.clear();
    // Text that is being typed would be lost; only the frame around it follows.
    if (this.#input !== undefined && this.#proposal.state.kind !== 'failed') this.#frame();
    else this.#render();
  }

  #render(): void {
    if (this.#isDisposed) return;
    this.#frame();
    this.#thread.comments = this.#comments();
  }

  /** Everything but the comments. The thread moves with its lines, but would go back at the next change. */
  #frame(): void {
    const { last } = this.#proposal;
    if (last !== this.#line) {
      this.#line = last;
      this.#thread.range = lineRange(last);
    }
    this.#thread.label = this.#label();
    this.#thread.contextValue = this.#phase();
  }

  #phase(): ThreadPhase {
    const { state, isStale } = this.#proposal;
    if (state.kind === 'ended') return 'failed';
    return isStale && state.kind === 'ready' ? 'stale' : state.kind;
  }

  #label(): Localized {
    const { state } = this.#proposal;
    if (state.kind !== 'working') return t('Edit with Local Model');
    if (state.lines.length === 0) return t('Waiting for the model…');
    return state.lines.length === 1 ? t('Writing… 1 line') : t('Writing… {0} lines', state.lines.length);
  }

  #comments(): vscode.Comment[] {
    const { state, earlier, instruction, model } = this.#proposal;
    const input = this.#input === undefined ? [] : [this.#input];
    if (state.kind === 'asking') return input;
    const asked = [...earlier.map((turn) => turn.instruction), instruction];
    return [
      // A body that is no Markdown is shown as it is.
      ...asked.map((text) => comment(t('You'), text)),
      comment(plainText(model), this.#body()),
      ...input,
    ];
  }

  #body(): vscode.Comment['body'] {
    const { id, state, document, original } = this.#proposal;
    const paragraphs: string[] = [];
    if (state.kind === 'working') {
      paragraphs.push(
        state.lines.length === 0 ? markdownText('…') : streamedText(state.lines, document.languageId),
      );
    } else if (state.kind === 'ready') {
      paragraphs.push(proposedText(original, state.lines, document.languageId));
      if (this.#proposal.isStale) {
        paragraphs.push(
          markdownText(t('The lines were changed meanwhile. Retry with the new ones, or undo the change.')),
        );
      }
      paragraphs.push(...state.notes.map((note) => markdownText(note)));
    } else if (state.kind === 'failed') {
      paragraphs.push(markdownText(state.message));
    }
    const buttons = this.#buttons();
    if (buttons.length > 0) paragraphs.push(buttonsText(buttons, id));
    return markdownWithButtons(paragraphs, COMMANDS);
  }

  #buttons(): TextButton[] {
    const accept: TextButton = { title: t('Accept'), icon: 'check', command: 'ociModels.inlineChat.accept' };
    const discard: TextButton = {
      title: t('Discard'),
      icon: 'discard',
      command: 'ociModels.inlineChat.discard',
    };
    const retry: TextButton = { title: t('Retry'), icon: 'refresh', command: 'ociModels.inlineChat.retry' };
    const diff: TextButton = {
      title: t('Open Diff'),
      icon: 'diff',
      command: 'ociModels.inlineChat.openDiff',
    };
    switch (this.#phase()) {
      case 'ready':
        return [accept, discard, diff];
      case 'stale':
      case 'failed':
        return [retry, discard];
      default:
        return [];
    }
  }
}

function comment(name: string, body: vscode.Comment['body']): vscode.Comment {
  return { author: { name }, body, mode: vscode.CommentMode.Preview };
}

/** One line, because VS Code paints the range of a thread over everything else. */
function lineRange(line: number): vscode.Range {
  return new vscode.Range(line, 0, line, 0);
}

/** Tells if a proposal is too long for its thread. */
export function isLong({ state }: Proposal): boolean {
  return state.kind === 'ready' && state.lines.length > LONG_LINES;
}
