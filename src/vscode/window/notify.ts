/**
 * The only door to notifications, dialogs, lists and input boxes. Most of what they say has words of registries,
 * models and files in it, and VS Code makes links that run commands of `[…](command:…)` in them. Here all of it becomes
 * plain text (base/text.ts), whoever wrote it; a test sees to it that nobody goes around.
 */
import * as vscode from 'vscode';
import { plainLines, plainText } from '../../base/text.ts';
import type { Progress } from './progressBar.ts';

/** Characters of a dialog's second text, which may be a list. */
const MAX_DETAIL = 4000;

/** Shows a message without waiting for it to be closed. @returns the button that was chosen. */
export function showInfo(message: string, ...buttons: readonly string[]): Thenable<string | undefined> {
  return vscode.window.showInformationMessage(plainText(message), ...buttons);
}

/** As {@link showInfo}. */
export function showWarning(message: string, ...buttons: readonly string[]): Thenable<string | undefined> {
  return vscode.window.showWarningMessage(plainText(message), ...buttons);
}

/** As {@link showInfo}. */
export function showFailure(message: string, ...buttons: readonly string[]): Thenable<string | undefined> {
  return vscode.window.showErrorMessage(plainText(message), ...buttons);
}

/** Asks before something is done that cannot be undone. @param button what does it. @returns whether it was chosen. */
export async function confirm(message: string, button: string, detail?: string): Promise<boolean> {
  const options = {
    modal: true,
    ...(detail === undefined ? {} : { detail: plainLines(detail, MAX_DETAIL) }),
  };
  return (await vscode.window.showWarningMessage(plainText(message), options, button)) === button;
}

/** Says something in the status bar for a few seconds. */
export function showBriefly(message: string): void {
  vscode.window.setStatusBarMessage(plainText(message), 3000);
}

/** Runs a task with a notification that shows how far it is and can cancel it. */
export function withProgress<T>(
  title: string,
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

/** A row of a list. */
export interface Choice extends Omit<vscode.QuickPickItem, 'iconPath' | 'buttons'> {
  /** The id of an icon before the label, such as `circle-filled`: in a label it would be text. */
  readonly icon?: string;
}

/** What a list says beside its rows. */
export type ChoiceOptions = Omit<vscode.QuickPickOptions, 'canPickMany' | 'onDidSelectItem'>;

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

/** What an input box says of what is typed: a flaw, or a remark that keeps nobody from going on. */
export type InputRemark = string | vscode.InputBoxValidationMessage | undefined;

/** What an input box asks for. */
export interface InputQuestion
  extends Pick<vscode.InputBoxOptions, 'title' | 'prompt' | 'placeHolder' | 'password'> {
  /** Called at each change; may return a flaw or a remark. */
  readonly validate?: (text: string) => InputRemark;
}

/** Asks for a text; the box stays when another window gets the keyboard. @returns undefined if it was closed. */
export function askForText({ validate, ...question }: InputQuestion): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    ...plainOptions(question),
    ignoreFocusOut: true,
    ...(validate === undefined ? {} : { validateInput: (text: string) => plainRemark(validate(text)) }),
  });
}

function plainRemark(remark: InputRemark): InputRemark {
  if (remark === undefined) return undefined;
  return typeof remark === 'string' ? plainText(remark) : { ...remark, message: plainText(remark.message) };
}
