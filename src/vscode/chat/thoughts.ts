/** Thoughts of a model before its answer: a step while they come, and folded above the answer afterwards. */

import type * as vscode from 'vscode';
import { t } from '../../base/l10n.ts';
import { markdownText } from '../../base/text.ts';
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
