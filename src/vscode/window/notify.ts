/**
 * The only way to show notifications, dialogs, lists and input boxes. Most of their texts contain words from
 * registries, models and files, in which VS Code would turn `[…](command:…)` into links that run commands. Here
 * everything becomes plain text (base/text.ts), whoever wrote it; a test makes sure that nothing bypasses this file.
 */
import * as vscode from 'vscode';
import type { Localized } from '../../base/l10n.ts';
import { plainLines, plainText } from '../../base/text.ts';
import { deferred } from '../../base/wait.ts';
import type { Button } from './buttons.ts';
import type { Progress } from './progressBar.ts';

/** Longest second text of a dialog, in characters; it may be a list. */
const MAX_DETAIL = 4000;

/** Shows a message without waiting until it is closed. @returns the chosen button. */
export function showInfo(message: Localized, ...buttons: readonly Localized[]): Thenable<string | undefined> {
  return vscode.window.showInformationMessage(plainText(message), ...buttons);
}

/** Like {@link showInfo}, as a warning. */
export function showWarning(
  message: Localized,
  ...buttons: readonly Localized[]
): Thenable<string | undefined> {
  return vscode.window.showWarningMessage(plainText(message), ...buttons);
}

/** Like {@link showInfo}, as an error. */
export function showFailure(
  message: Localized,
  ...buttons: readonly Localized[]
): Thenable<string | undefined> {
  return vscode.window.showErrorMessage(plainText(message), ...buttons);
}

/** Asks for confirmation of an irreversible action. @param button confirms it. @returns true if it was chosen. */
export async function confirm(message: Localized, button: Localized, detail?: Localized): Promise<boolean> {
  const options = {
    modal: true,
    ...(detail === undefined ? {} : { detail: plainLines(detail, MAX_DETAIL) }),
  };
  return (await vscode.window.showWarningMessage(plainText(message), options, button)) === button;
}

/** Shows a message in the status bar. @param ms milliseconds until it goes. Defaults to 3,000. */
export function showBriefly(message: Localized, ms = 3000): void {
  vscode.window.setStatusBarMessage(plainText(message), ms);
}

/** Runs a task with a notification that shows its progress and can cancel it. */
export function withProgress<T>(
  title: Localized,
  task: (progress: Progress, token: vscode.CancellationToken) => Promise<T>,
): Thenable<T> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: plainText(title), cancellable: true },
    (progress, token) => {
      const report: Progress['report'] = ({ message, ...rest }) =>
        progress.report(message === undefined ? rest : { ...rest, message: plainText(message) });
      return task({ report }, token);
    },
  );
}

/** A message that stays until it is closed from here, or by the user. */
export interface OpenMessage {
  /** Shows another message in the place of the one before. */
  show(message: Localized): void;
  close(): void;
}

/**
 * Prepares a message about something that may end elsewhere: it can be changed and closed, which VS Code allows for
 * notifications of progress alone. Those have no buttons of their own, so commands without arguments are links
 * before the text, whose end may be cut.
 */
export function openMessage(...links: readonly Pick<Button, 'title' | 'command'>[]): OpenMessage {
  const { promise, resolve } = deferred<void>();
  const offers = links.map(({ title, command }) => `[${plainText(title)}](command:${command})`).join(' · ');
  let text: string | undefined;
  // VS Code calls the task later.
  let progress: Progress | undefined;
  // Without a title, the notification has the last message; without an increment, its bar would run.
  const report = (): void => progress?.report({ message: text ?? '', increment: 0 });
  const show = (message: Localized): void => {
    const isOpen = text !== undefined;
    text = `${offers}: ${plainText(message)}`;
    report();
    if (isOpen) return;
    void vscode.window.withProgress({ location: vscode.ProgressLocation.Notification }, (given) => {
      progress = given;
      report();
      return promise;
    });
  };
  return { show, close: () => resolve() };
}

/** A row of a list. */
export interface Choice extends Omit<vscode.QuickPickItem, 'iconPath' | 'buttons'> {
  /** Id of an icon before the label, such as `circle-filled`; in a label it would be text. */
  readonly icon?: string;
}

/** Options of a list. Its rows may be names, so only the texts around them are localized. */
export interface ChoiceOptions
  extends Omit<
    vscode.QuickPickOptions,
    'canPickMany' | 'onDidSelectItem' | 'title' | 'placeHolder' | 'prompt'
  > {
  readonly title?: Localized;
  readonly placeHolder?: Localized;
}

function shown(choice: Choice): vscode.QuickPickItem {
  const { icon, label, description, detail, kind, picked, alwaysShow } = choice;
  const text = plainText(label);
  return {
    label: icon === undefined ? text : `$(${icon}) ${text}`,
    ...(description === undefined ? {} : { description: plainText(description) }),
    ...(detail === undefined ? {} : { detail: plainText(detail) }),
    ...(kind === undefined ? {} : { kind }),
    ...(picked === undefined ? {} : { picked }),
    ...(alwaysShow === undefined ? {} : { alwaysShow }),
  };
}

function plainOptions<T extends { title?: string; prompt?: string; placeHolder?: string }>(options: T): T {
  const { title, prompt, placeHolder } = options;
  return {
    ...options,
    ...(title === undefined ? {} : { title: plainText(title) }),
    ...(prompt === undefined ? {} : { prompt: plainText(prompt) }),
    ...(placeHolder === undefined ? {} : { placeHolder: plainText(placeHolder) }),
  };
}

/** Lets the user choose a row. @returns undefined if nothing was chosen. */
export async function pickOne<T extends Choice>(
  choices: readonly T[],
  options: ChoiceOptions,
): Promise<T | undefined> {
  const rows = new Map(choices.map((choice) => [shown(choice), choice]));
  const picked = await vscode.window.showQuickPick([...rows.keys()], plainOptions(options));
  return picked === undefined ? undefined : rows.get(picked);
}

/** Lets the user choose several rows. @returns undefined if the list was closed. */
export async function pickMany<T extends Choice>(
  choices: readonly T[],
  options: ChoiceOptions,
): Promise<readonly T[] | undefined> {
  const rows = new Map(choices.map((choice) => [shown(choice), choice]));
  const picked = await vscode.window.showQuickPick([...rows.keys()], {
    ...plainOptions(options),
    canPickMany: true,
  });
  return picked?.flatMap((row) => rows.get(row) ?? []);
}

/** A list above which any text may be typed. */
export interface ListQuestion<T extends Choice, R> {
  readonly title: Localized;
  readonly placeHolder: Localized;
  /**
   * Called when the list is open, and at each change of the text. It shows the rows of the text, at least once before it returns, and
   * again as more becomes known. The first row says what Enter does; it is active until the user moves.
   * @param signal is aborted as soon as the text changes or the list is closed.
   */
  fill(text: string, show: (rows: readonly T[]) => void, signal: AbortSignal): void;
  /**
   * Called at Enter and a click.
   * @param row undefined if the user was faster than the rows of the text.
   * @param again shows the rows of another text, or of the same one anew, and stays open.
   * @returns the answer, or undefined to stay open.
   */
  accept(row: T | undefined, text: string, again: (text: string) => void): R | undefined;
  /** The text that is there at first. Defaults to none. */
  readonly value?: string;
}

/** Asks for a row or a text. The list stays open when it loses the focus. @returns undefined if it was closed. */
export function askInList<T extends Choice, R>(question: ListQuestion<T, R>): Promise<R | undefined> {
  const { title, placeHolder } = plainOptions({ title: question.title, placeHolder: question.placeHolder });
  // Without `sortByLabel`, VS Code sorts the rows by likeness to the text; its types do not have the property yet.
  const look = { title, placeholder: placeHolder, ignoreFocusOut: true, sortByLabel: false };
  const box = Object.assign(vscode.window.createQuickPick(), look, { value: question.value ?? '' });
  let rows = new Map<vscode.QuickPickItem, T>();
  let text = '';
  let filling = new AbortController();
  const show = (choices: readonly T[]): void => {
    const [first] = rows.keys();
    const before = box.activeItems[0]?.label;
    const hasMoved = first !== undefined && first.label !== before;
    // The rows are those of the text already, so VS Code has nothing to filter.
    rows = new Map(choices.map((choice) => [{ ...shown(choice), alwaysShow: true }, choice]));
    const items = [...rows.keys()];
    const moved = hasMoved ? items.find(({ label }) => label === before) : undefined;
    box.items = items;
    box.activeItems = [moved ?? items[0]].filter((item) => item !== undefined);
  };
  const fill = (): void => {
    filling.abort();
    filling = new AbortController();
    const { signal } = filling;
    text = box.value;
    rows = new Map();
    question.fill(text, (choices) => void (signal.aborted || show(choices)), signal);
  };
  const again = (other: string): void => {
    box.value = other;
    fill();
  };
  return new Promise((resolve) => {
    // VS Code tells of a text that was set here too.
    box.onDidChangeValue(() => void (box.value === text || fill()));
    box.onDidAccept(() => {
      const [active] = box.activeItems;
      const row = active === undefined || text !== box.value ? undefined : rows.get(active);
      const answer = question.accept(row, box.value, again);
      if (answer === undefined) return;
      resolve(answer);
      box.hide();
    });
    box.onDidHide(() => {
      filling.abort();
      box.dispose();
      resolve(undefined);
    });
    box.show();
    fill();
  });
}

/** A flaw of the typed text, or a remark that does not block it. */
export type InputRemark = Localized | InputMessage | undefined;

/** A remark with its severity. */
interface InputMessage {
  readonly message: Localized;
  readonly severity: vscode.InputBoxValidationSeverity;
}

/** The question of an input box. Its placeholder is an example of the answer. */
export interface InputQuestion extends Pick<vscode.InputBoxOptions, 'placeHolder' | 'password' | 'value'> {
  readonly title: Localized;
  readonly prompt?: Localized;
  /** Called at each change; may return a flaw or a remark. */
  readonly validate?: (text: string) => InputRemark;
}

/** Asks for a text. The box stays open when it loses the focus. @returns undefined if it was closed. */
export function askForText({ validate, ...question }: InputQuestion): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    ...plainOptions(question),
    ignoreFocusOut: true,
    ...(validate === undefined ? {} : { validateInput: (text: string) => plainRemark(validate(text)) }),
  });
}

function plainRemark(remark: InputRemark): string | vscode.InputBoxValidationMessage | undefined {
  if (remark === undefined) return undefined;
  return typeof remark === 'string' ? plainText(remark) : { ...remark, message: plainText(remark.message) };
}
