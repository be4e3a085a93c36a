/** “Pull OCI Model”: from a tag's row, with a reference as argument, or asking for one. */
import * as vscode from 'vscode';
import { formatReference, parseReference, type Reference } from '../../../oci/index.ts';
import type { CommandServices } from '../command.ts';
import { referenceOf } from './argument.ts';

/** @returns what was pulled, or undefined. */
export async function pullModelCommand({ pulls }: CommandServices, argument: unknown): Promise<unknown> {
  const reference = referenceOf(argument) ?? (await askForReference());
  return reference === undefined ? undefined : pulls.pull(reference);
}

async function askForReference(): Promise<Reference | undefined> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Pull OCI Model'),
    prompt: vscode.l10n.t('A model’s name, such as smollm2:135M-Q4_0 or ghcr.io/org/model:tag'),
    placeHolder: 'smollm2:135M-Q4_0',
    ignoreFocusOut: true,
    validateInput: validate,
  });
  return text === undefined ? undefined : parseReference(text);
}

/** While typing: what is wrong, or the full name of what would be pulled. */
function validate(text: string): vscode.InputBoxValidationMessage | undefined {
  if (text.trim() === '') return undefined;
  try {
    const message = vscode.l10n.t('Pulls {0}', formatReference(parseReference(text)));
    return { message, severity: vscode.InputBoxValidationSeverity.Info };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { message, severity: vscode.InputBoxValidationSeverity.Error };
  }
}
