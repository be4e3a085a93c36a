/**
 * Thoughts of a model before its answer: a step while they come, and folded above the answer afterwards. The user can end
 * them; the model then answers with what it has thought so far.
 */
import * as vscode from 'vscode';
import { t } from '../../base/l10n.ts';
import { markdownText } from '../../base/text.ts';
import type { ChatMessage, ChatResult } from '../../inference/index.ts';
import type { ReadyEngine } from '../../session/index.ts';
import { type AskOptions, ask } from '../ask.ts';
import type { CommandId } from '../commands/ids.generated.ts';
import { THINKING } from '../commands/when.ts';
import { foldedText } from '../window/markdown.ts';
import type { Steps } from './steps.ts';

/** Longest thought that is shown, in characters; a chat with more becomes slow. */
const MAX_CHARACTERS = 20_000;

/** The thoughts of one answer. */
export class Thoughts {
  readonly #stream: Pick<vscode.ChatResponseStream, 'markdown'>;
  readonly #steps: Steps;
  #text = '';

  constructor(stream: Pick<vscode.ChatResponseStream, 'markdown'>, steps: Steps) {
    this.#stream = stream;
    this.#steps = steps;
  }

  push(text: string): void {
    if (this.#text === '') this.#steps.say(t('Thinking…'));
    this.#text += text;
  }

  /** Shows what was thought so far, before the answer begins or after it ended without one. */
  flush(): void {
    const text = this.#text.trim();
    this.#text = '';
    if (text === '') return;
    const lines = text.slice(0, MAX_CHARACTERS).split(/\r?\n/);
    const shown = text.length > MAX_CHARACTERS ? [...lines, '…'] : lines;
    this.#stream.markdown(
      foldedText(
        t('Thoughts'),
        shown.map((line) => markdownText(line)),
      ),
    );
  }
}

/** Answers that are being thought about in this window, with a button in the status bar as long as there are any. */
export class Thinking implements vscode.Disposable {
  readonly #running = new Set<AbortController>();
  readonly #item = vscode.window.createStatusBarItem(
    'ociModels.thinking',
    vscode.StatusBarAlignment.Right,
    89,
  );

  constructor() {
    this.#item.name = t('Stop Thinking');
    this.#item.text = `$(debug-stop) ${t('Stop Thinking')}`;
    this.#item.tooltip = t('The model answers with what it has thought so far.');
    this.#item.command = 'ociModels.chat.stopThinking' satisfies CommandId;
  }

  /** Ends all thoughts. */
  stop(): void {
    for (const controller of this.#running) controller.abort();
  }

  /**
   * Works as `ask`. The user can end a thought: the model goes on from it with the answer, and the prompt is not evaluated
   * again.
   * @throws ModelError as `ask`.
   */
  async ask(ready: ReadyEngine, messages: readonly ChatMessage[], options: AskOptions): Promise<ChatResult> {
    const stopped = new AbortController();
    const signal = AbortSignal.any([options.signal, stopped.signal]);
    try {
      const result = await ask(ready, messages, {
        ...options,
        signal,
        onEvent: (event) => {
          this.#follow(stopped, event.type === 'thought');
          options.onEvent?.(event);
        },
      });
      this.#follow(stopped, false);
      if (!stopped.signal.aborted || options.signal.aborted || result.thought === '') return result;
      const thought: ChatMessage = { role: 'assistant', content: '', thought: result.thought };
      const rest = await ask(ready, [...messages, thought], { ...options, maxThoughtTokens: 1 });
      return joined(result, rest);
    } finally {
      this.#follow(stopped, false);
    }
  }

  dispose(): void {
    this.#item.dispose();
  }

  #follow(controller: AbortController, isThinking: boolean): void {
    const before = this.#running.size;
    if (isThinking) this.#running.add(controller);
    else this.#running.delete(controller);
    const { size } = this.#running;
    if (size > 0 === before > 0) return;
    if (size > 0) this.#item.show();
    else this.#item.hide();
    void vscode.commands.executeCommand('setContext', THINKING, size > 0);
  }
}

/** The result of both halves of an answer. */
function joined(thought: ChatResult, rest: ChatResult): ChatResult {
  return {
    ...rest,
    thought: thought.thought + rest.thought,
    promptTokens: thought.promptTokens,
    evaluatedTokens: thought.evaluatedTokens + rest.evaluatedTokens,
    answerTokens: thought.answerTokens + rest.answerTokens,
    firstTextMs: thought.firstTextMs ?? rest.firstTextMs,
    totalMs: thought.totalMs + rest.totalMs,
  };
}
