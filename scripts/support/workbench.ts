/** Drives VS Code in a headless browser as a person would: palette, trees, notifications, chat, editors. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import { CHROMIUM, findProgram } from './debian.ts';

/** Milliseconds after which something hangs, however busy the machine is. */
const PATIENCE_MS = 120_000;

/** Longest pause between two looks, in milliseconds. Looking costs the window time, which it needs for what is awaited. */
const MAX_PAUSE_MS = 300;

/** Milliseconds in which a list has what it knows. */
const LIST_MS = 5_000;

/** VS Code shows three notifications in this many milliseconds, and puts further ones only into its list. */
const NOTIFICATIONS_MS = 800;
/** Milliseconds after which a menu takes clicks, if the machine is not busy. */
const MENU_MS = 300;
const QUICK_INPUT = '.quick-input-widget:visible';
const TREE_ROW = '.tree-explorer-viewlet-tree-view .monaco-list-row';
const RESPONSE = '.interactive-session .interactive-item-container.interactive-response';

/**
 * Ends animations after their first round. Those that go on for ever have the whole window drawn sixty times a second,
 * without a graphics card, as long as anything is loading.
 */
const STILL = `addEventListener('DOMContentLoaded', () => {
  const style = document.createElement('style');
  style.textContent = '*, ::before, ::after { animation-iteration-count: 1 !important; }';
  document.head.append(style);
})`;

/** What is asked of the browser's clock: waits until `probe` answers with something. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false>,
  timeoutMs: number = PATIENCE_MS,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let lastError: unknown;
  let pauseMs = 25;
  while (Date.now() < deadline) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      lastError = error;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 1.5);
  }
  throw new Error(`Waited ${timeoutMs} ms in vain for ${what}.`, { cause: lastError });
}

/** Starts the browser. @throws Error where no Chromium is installed. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findProgram(CHROMIUM);
  if (executablePath === undefined) throw new Error('Chromium is not installed.');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** One window of VS Code. */
export class Workbench {
  readonly page: Page;
  readonly #context: BrowserContext;

  private constructor(page: Page, context: BrowserContext) {
    this.page = page;
    this.#context = context;
  }

  /** Opens `url` in a profile of its own and waits for the workbench. */
  static async open(browser: Browser, url: string): Promise<Workbench> {
    const context = await browser.newContext({
      viewport: { width: 1400, height: 900 },
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await context.addInitScript(STILL);
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(url);
    await page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: PATIENCE_MS });
    return new Workbench(page, context);
  }

  async close(): Promise<void> {
    await this.#context.close();
  }

  async screenshot(path: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    await this.page.screenshot({ path });
  }

  /** The texts of the status bar's items. */
  async statusItems(): Promise<string[]> {
    const items = await this.page.locator('.part.statusbar .statusbar-item').allInnerTexts();
    return items.map((text) => text.replace(/\s+/g, ' ').trim());
  }

  /** Waits until the status bar has an item with `text`. */
  async waitForStatus(text: string, timeoutMs = PATIENCE_MS): Promise<void> {
    await until(
      `“${text}” in the status bar`,
      async () => (await this.statusItems()).some((item) => item.includes(text)),
      timeoutMs,
    );
  }

  /**
   * Runs a command by its title in the Command Palette, such as `OCI Models: Pull OCI Model`. On a busy machine
   * the palette may still be closing from the last time; then it is opened again.
   */
  async runCommand(title: string): Promise<void> {
    const input = this.page.locator(`${QUICK_INPUT} input.input`);
    const row = this.page.locator(`${QUICK_INPUT} .monaco-list-row`, {
      has: this.page.locator('.label-name', { hasText: title }),
    });
    await until(`the command “${title}”`, async () => {
      await this.page.keyboard.press('F1');
      try {
        await input.fill(`>${title}`, { timeout: 3000 });
        await row.first().click({ timeout: 3000 });
        return true;
      } catch {
        await this.page.keyboard.press('Escape');
        return false;
      }
    });
  }

  /** Chooses the local model that answers. */
  async selectModel(name: string): Promise<void> {
    await this.runCommand('OCI Models: Select Model…');
    const list = this.page.locator(QUICK_INPUT);
    await until('the list of models', async () => (await list.innerText()).includes(name));
    await list.locator('.monaco-list-row', { hasText: name }).click();
    await this.waitForStatus(name);
  }

  /** Waits for the input box with `title`, types, and returns the message below it once `accept` says so. */
  async typeIntoInputBox(title: string, text: string): Promise<void> {
    await until(`the input box “${title}”`, async () =>
      (await this.page.locator(QUICK_INPUT).innerText()).includes(title),
    );
    await this.page.locator(`${QUICK_INPUT} input.input`).fill(text);
  }

  /** The validation message of the open input box, or the first row of a list, which says what Enter does. */
  async inputBoxMessage(): Promise<string> {
    const message = this.page.locator(`${QUICK_INPUT} .quick-input-message`);
    const row = this.page.locator(`${QUICK_INPUT} .quick-input-list .monaco-list-row .label-name`);
    const source = (await message.isVisible()) ? message : row.first();
    // A short limit, so that whoever waits for a message looks again.
    return (await source.innerText({ timeout: 1_000 })).trim();
  }

  /** Accepts the open input box or quick pick. */
  async acceptInput(): Promise<void> {
    await this.page.locator(`${QUICK_INPUT} input.input`).press('Enter');
  }

  /** The texts of the notifications that are shown. */
  async notifications(): Promise<string[]> {
    const texts = await this.page.locator('.notifications-toasts .notification-list-item').allInnerTexts();
    return texts.map((text) => text.replace(/\s+/g, ' ').trim());
  }

  /** Waits for a notification that `pattern` matches and returns its text. */
  async waitForNotification(pattern: RegExp, timeoutMs = PATIENCE_MS): Promise<string> {
    const seen = new Set<string>();
    const find = async (): Promise<string | undefined> => {
      const texts = await this.notifications();
      for (const text of texts) seen.add(text);
      return texts.find((text) => pattern.test(text));
    };
    try {
      return await until(`a notification like ${pattern}`, find, timeoutMs);
    } catch (error) {
      throw new Error(`No notification like ${pattern}; seen: ${[...seen].join(' | ')}`, { cause: error });
    }
  }

  /** Clicks a button of a notification when a person could have read it. */
  async clickNotification(button: string): Promise<void> {
    await this.page.waitForTimeout(NOTIFICATIONS_MS);
    await this.page.locator('.notifications-toasts .monaco-button', { hasText: button }).first().click();
  }

  /** Closes every notification. */
  async clearNotifications(): Promise<void> {
    await this.runCommand('Notifications: Clear All Notifications');
    await until('no notification', async () => (await this.notifications()).length === 0);
  }

  /** Shows a view container of the activity bar. */
  async openContainer(title: string): Promise<void> {
    const heading = this.page.locator('.part.sidebar .composite.title', { hasText: title });
    const icon = this.page.locator(`.activitybar .action-item .action-label[aria-label^="${title}"]`).first();
    // A click on the icon of the container that is shown hides it, also if it was not drawn yet when it was looked for.
    await until(`the container “${title}”`, async () => {
      if (await heading.isVisible()) return true;
      await icon.click();
      return heading.waitFor({ timeout: LIST_MS }).then(
        () => true,
        () => false,
      );
    });
  }

  /** The rows of the trees in the side bar, label and description with a space between. */
  async treeRows(): Promise<string[]> {
    const rows = await this.page.locator(`.part.sidebar ${TREE_ROW} .monaco-icon-label`).all();
    const texts = await Promise.all(
      rows.map((row) => row.locator('.label-name, .label-description').allInnerTexts()),
    );
    return texts.map((parts) => parts.join(' ').replace(/\s+/g, ' ').trim());
  }

  /** The row whose label is `label`, or for which screen readers say that before its description or the rest of it. */
  row(label: string): Locator {
    const name = this.page.locator('.label-name').getByText(label, { exact: true });
    const said = [',', ' ·'].map((end) => `.part.sidebar ${TREE_ROW}[aria-label^="${label}${end}"]`);
    return this.page
      .locator(`.part.sidebar ${TREE_ROW}`, { has: name })
      .or(this.page.locator(said.join(', ')))
      .first();
  }

  /** Opens a row that has children. */
  async expandRow(label: string): Promise<void> {
    const row = this.row(label);
    await row.waitFor();
    if ((await row.getAttribute('aria-expanded')) !== 'true') await row.click();
  }

  /** Waits for a row of the side bar whose text `pattern` matches, and returns its text. */
  async waitForRow(pattern: RegExp, timeoutMs = PATIENCE_MS): Promise<string> {
    return until(
      `a row like ${pattern}`,
      async () => (await this.treeRows()).find((text) => pattern.test(text)),
      timeoutMs,
    );
  }

  /** The text of the dialog that asks before something is done; waits for one. */
  async dialogText(): Promise<string> {
    const dialog = this.page.locator('.monaco-dialog-box');
    await dialog.waitFor();
    return (await dialog.innerText()).replaceAll('\n', ' ');
  }

  /** Presses a button of that dialog. */
  async answerDialog(button: string): Promise<void> {
    const dialog = this.page.locator('.monaco-dialog-box');
    await dialog.getByRole('button', { name: button, exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
  }

  /** Opens a row's menu and chooses from it. A row that is drawn anew meanwhile shuts its menu, which is opened again. */
  async clickRowMenu(label: string, item: string): Promise<void> {
    const entry = this.page.locator('.monaco-menu .action-menu-item', { hasText: item });
    await until(`“${item}” in the menu of “${label}”`, async () => {
      await this.row(label).click({ button: 'right' });
      try {
        await entry.waitFor({ timeout: LIST_MS });
        // VS Code's menus take no click in their first moment, so that the click that opened them does nothing.
        await this.page.waitForTimeout(MENU_MS);
        await entry.click({ timeout: LIST_MS });
        await entry.waitFor({ state: 'hidden', timeout: LIST_MS });
        return true;
      } catch {
        await this.page.keyboard.press('Escape');
        return false;
      }
    });
  }

  /** Clicks an inline action of a row by its title. */
  async clickRowAction(label: string, action: string): Promise<void> {
    const row = this.row(label);
    await row.hover();
    await row.locator(`.actions .action-label[aria-label^="${action}"]`).first().click();
  }

  /** Asks something in the chat view and returns the text of the finished answer. */
  async chat(text: string, timeoutMs = 60_000): Promise<string> {
    await this.typeIntoChat(text);
    const before = await this.page.locator(RESPONSE).count();
    await this.page.keyboard.press('Enter');
    return this.finishedAnswer(before, timeoutMs);
  }

  /** Opens the chat view and types without sending. */
  async typeIntoChat(text: string): Promise<void> {
    const editor = this.page.locator('.interactive-session .interactive-input-part .monaco-editor').first();
    if (!(await editor.isVisible())) await this.runCommand('Chat: Open Chat');
    await editor.waitFor();
    // In the first second after the start VS Code has no model yet, and every question fails without one.
    await until('a model in the picker', async () =>
      /:|local model/.test(await this.page.locator('.interactive-input-part .model-picker-name').innerText()),
    );
    await editor.click();
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.press('Delete');
    await this.page.keyboard.insertText(text);
    await this.page.waitForTimeout(300);
    if (await this.page.locator('.suggest-widget.visible').isVisible())
      await this.page.keyboard.press('Escape');
  }

  /** Waits until more than `before` answers are there and the last one is finished; returns its text. */
  async finishedAnswer(before: number, timeoutMs = 60_000): Promise<string> {
    await until('an answer', async () => (await this.page.locator(RESPONSE).count()) > before, timeoutMs);
    await until(
      'the end of the answer',
      async () => (await this.page.locator(`${RESPONSE}.chat-response-loading`).count()) === 0,
      timeoutMs,
    );
    // Only what was answered, without the steps that VS Code folds away above it and the figures below it.
    const answer = this.page.locator(RESPONSE).last().locator('.value > .chat-markdown-part');
    const text = (await answer.allInnerTexts()).join('\n').trim();
    return text.replace(/\n+[^\n]* tokens of context$/, '');
  }

  /** The number of answers in the chat view. */
  async answerCount(): Promise<number> {
    return this.page.locator(RESPONSE).count();
  }

  /** The whole text of the active editor, through the clipboard. */
  async editorText(): Promise<string> {
    await this.focusEditor();
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.press('Control+C');
    await this.page.waitForTimeout(100);
    const text = await this.page.evaluate('navigator.clipboard.readText()');
    return String(text).replaceAll('\r\n', '\n');
  }

  /** Puts the keyboard into the active editor. */
  async focusEditor(): Promise<void> {
    await this.page.keyboard.press('Control+1');
    await this.page.locator('.editor-group-container.active .monaco-editor.focused').waitFor();
  }

  /** Opens a file of the workspace by name. VS Code's list may be older than the file, and newer when it is opened again. */
  async openFile(name: string): Promise<void> {
    await until(`${name} in the list of files`, async () => {
      await this.page.keyboard.press('Control+P');
      const input = this.page.locator(`${QUICK_INPUT} input.input`);
      await input.waitFor();
      await input.fill(name);
      const row = this.page.locator(`${QUICK_INPUT} .monaco-list-row`, { hasText: name }).first();
      try {
        await row.click({ timeout: LIST_MS });
        // On a busy machine a click into a list that was filled a moment ago may do nothing.
        await this.page.locator('.tab.active', { hasText: name }).waitFor({ timeout: LIST_MS });
        return true;
      } catch {
        await this.page.keyboard.press('Escape');
        return false;
      }
    });
  }

  /** Selects whole lines of the active editor, both counted from 1 and included. */
  async selectLines(first: number, last: number): Promise<void> {
    await this.focusEditor();
    await this.page.keyboard.press('Control+Home');
    for (let line = 1; line < first; line++) await this.page.keyboard.press('ArrowDown');
    for (let line = first; line < last; line++) await this.page.keyboard.press('Shift+ArrowDown');
    await this.page.keyboard.press('Shift+End');
  }

  /** Waits for a sentence in the status bar that screen readers read out. */
  async waitForAnnouncement(text: RegExp): Promise<void> {
    await this.page.locator('.statusbar-item [role="alert"]', { hasText: text }).waitFor();
  }

  /** The thread of comments in the active editor that shows an inline edit. */
  thread(): Locator {
    return this.page.locator('.editor-group-container.active .review-widget');
  }

  /** A link in that thread by its text. */
  threadLink(title: string): Locator {
    return this.thread().locator('.comment-body a', { hasText: title }).first();
  }

  /** Waits until the thread's box has the keyboard, and types. */
  async typeIntoThread(text: string): Promise<void> {
    await this.thread().locator('.edit-container .monaco-editor.focused').waitFor();
    await this.page.keyboard.type(text);
    // VS Code allows the buttons, and the key of the first, a moment after the box has text.
    await this.thread()
      .locator('.edit-container .monaco-button.disabled')
      .first()
      .waitFor({ state: 'detached' });
  }
}
