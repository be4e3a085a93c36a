/** “Open Model Page”: opens the publisher's page of a model in a browser. */
import * as vscode from 'vscode';
import { webPage } from '../../../catalog/index.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { IN_ANY_VIEW, rowHas } from '../when.ts';
import { referenceOf, repositoryOf } from './argument.ts';

export const openModelPage = defineCommand({
  id: 'ociModels.model.openPage',
  title: 'Open Model Page',
  when: `${IN_ANY_VIEW} && ${rowHas('page')}`,
  menus: { 'view/item/context': ['4_page@1'] },
  palette: false,
  run,
});

/** @returns the address, or undefined if the row has no page. */
async function run(_services: CommandServices, argument: unknown): Promise<string | undefined> {
  const name = repositoryOf(argument) ?? referenceOf(argument);
  const page = name === undefined ? undefined : webPage(name);
  if (page !== undefined) await vscode.env.openExternal(vscode.Uri.parse(page, true));
  return page;
}
