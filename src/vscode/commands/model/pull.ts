/** “Pull OCI Model”: from a tag's row, with a reference as argument, or asking for one. */
import * as vscode from 'vscode';
import type { CommandServices } from '../command.ts';
import { askForReference, referenceOf } from './argument.ts';

/** @returns what was pulled, or undefined. */
export async function pullModelCommand({ pulls }: CommandServices, argument: unknown): Promise<unknown> {
  const title = vscode.l10n.t('Pull OCI Model');
  const reference =
    referenceOf(argument) ?? (await askForReference(title, (name) => vscode.l10n.t('Pulls {0}', name)));
  return reference === undefined ? undefined : pulls.pull(reference);
}
