/** What the tests in the extension host share. */
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../src/extension.ts';

/** The real registry's host. */
export const REGISTRY = process.env['OCI_MODELS_TEST_REGISTRY'] ?? '';

/** The extension under test, activated. */
export async function extension(): Promise<vscode.Extension<ExtensionApi>> {
  const found = vscode.extensions.getExtension<ExtensionApi>('oci-models.oci-models');
  if (found === undefined) throw new Error('The extension is not installed.');
  await found.activate();
  return found;
}

/**
 * Opens a new document without a file. VS Code sometimes gives the name of one that was closed a moment ago, and its
 * text with it; then the next name is taken.
 */
export async function openUntitled(language: string, content: string): Promise<vscode.TextDocument> {
  for (let attempts = 0; attempts < 20; attempts++) {
    const document = await vscode.workspace.openTextDocument({ language, content });
    if (document.getText() === content) return document;
  }
  throw new Error('Every new document has the text of an old one.');
}

/** Waits until `probe` is true. @param timeoutMs milliseconds. */
export async function until(
  what: string,
  probe: () => boolean | Promise<boolean>,
  timeoutMs = 120_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await probe())) {
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** The ids of the models in VS Code's model picker that are ours. */
export async function pickerModels(): Promise<string[]> {
  const models = await vscode.lm.selectChatModels({ vendor: 'oci-models' });
  return models.map((model) => model.id);
}

/** Answers every dialog of one kind with what `answer` says, while `work` runs. */
export async function answering<
  K extends 'showQuickPick' | 'showSaveDialog' | 'showInformationMessage' | 'showWarningMessage',
>(kind: K, answer: (...asked: unknown[]) => unknown, work: () => Thenable<unknown>): Promise<void> {
  const original = vscode.window[kind];
  Object.assign(vscode.window, { [kind]: async (...asked: unknown[]) => answer(...asked) });
  try {
    await work();
  } finally {
    Object.assign(vscode.window, { [kind]: original });
  }
}

/** Turns off auto save, which is on in a browser, for the tests of a suite. */
export function withoutAutoSave(): void {
  const files = vscode.workspace.getConfiguration('files');
  const previous = files.inspect('autoSave')?.globalValue;
  before(() => files.update('autoSave', 'off', vscode.ConfigurationTarget.Global));
  after(() => files.update('autoSave', previous, vscode.ConfigurationTarget.Global));
}
