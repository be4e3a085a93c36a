/**
 * Says in the status bar what happened, for screen readers too. The stable API cannot speak; an item with the role of an
 * alert is read out as it appears and changes, and takes the keyboard from nobody.
 */
import * as vscode from 'vscode';
import type { Localized } from '../../base/l10n.ts';
import { plainText } from '../../base/text.ts';

/** Milliseconds until a sentence goes. */
const SHOWN_MS = 8_000;

/** One place for sentences, the newest of which is shown. */
export class Announcer implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem;
  #timer: NodeJS.Timeout | undefined;

  /** @param id of the item. @param name of the item, for the user who hides it. */
  constructor(id: string, name: Localized) {
    this.#item = vscode.window.createStatusBarItem(id, vscode.StatusBarAlignment.Left, -1);
    this.#item.name = name;
  }

  /** Says a sentence. @param spoken more than there is room for, for screen readers. Defaults to the same. */
  say(text: Localized, spoken: Localized = text): void {
    this.#item.text = plainText(text);
    this.#item.accessibilityInformation = { label: plainText(spoken), role: 'alert' };
    this.#item.show();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#item.hide(), SHOWN_MS);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#item.dispose();
  }
}
