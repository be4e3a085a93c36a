/** A row of a view. Names of registries, repositories, tags and models are plain text in it, and so is its tooltip. */
import * as vscode from 'vscode';
import { plainLines, plainText } from '../../base/text.ts';
import type { CommandId } from '../commands/ids.generated.ts';
import type { RowWord } from '../commands/when.ts';

/** Characters of a tooltip. */
const MAX_TOOLTIP = 4000;

/** The content of a row. */
export interface Row {
  readonly label: string;
  readonly description?: string;
  /** Said by screen readers in place of the label. */
  readonly spoken?: string;
  /** May have several lines. Never Markdown, in which an address alone is a link. */
  readonly tooltip?: string;
  readonly id?: string;
  /** The words that menus match; false for one that the row does not have. */
  readonly words: readonly (RowWord | false)[];
  readonly icon?: vscode.ThemeIcon;
  /** Run by a click and by Enter. */
  readonly command?: CommandId;
  readonly collapsible?: boolean;
  /** True for a row that can be closed, and begins open. */
  readonly expanded?: boolean;
}

/** A row as VS Code takes it. */
export function treeRow({
  label,
  description,
  spoken = label,
  tooltip,
  id,
  words,
  icon,
  command,
  ...row
}: Row): vscode.TreeItem {
  const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
  const text = plainText(label);
  const closed = row.collapsible === true ? Collapsed : None;
  const item = new vscode.TreeItem(text, row.expanded === true ? Expanded : closed);
  const shown = description === undefined ? undefined : plainText(description);
  return Object.assign(item, {
    contextValue: words
      .filter((word) => word !== false)
      .sort()
      .join(';'),
    ...(shown === undefined ? {} : { description: shown }),
    ...(tooltip === undefined ? {} : { tooltip: rowTooltip(tooltip) }),
    ...(id === undefined ? {} : { id }),
    ...(icon === undefined ? {} : { iconPath: icon }),
    ...(command === undefined ? {} : { command: { command, title: text } }),
    // A screen reader says this in place of the tooltip.
    accessibilityInformation: {
      label: [plainText(spoken), shown].filter((part) => part !== undefined && part !== '').join(', '),
    },
  });
}

/** A tooltip that is read when the mouse rests on a row. */
export function rowTooltip(text: string): string {
  return plainLines(text, MAX_TOOLTIP);
}
