/** “Copy Reference”: the full name of a row's model, for a terminal or a colleague. */
import * as vscode from 'vscode';
import { formatReference } from '../../../oci/index.ts';
import type { CommandServices } from '../command.ts';
import { referenceOf } from './argument.ts';

export async function copyReference(_services: CommandServices, argument: unknown): Promise<void> {
  const reference = referenceOf(argument);
  if (reference !== undefined) await vscode.env.clipboard.writeText(formatReference(reference));
}
