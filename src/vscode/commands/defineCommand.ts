/**
 * The declaration of a command, beside its code. The `contributes` of package.json, the titles in package.nls.json and
 * the files `*.generated.ts` of this folder are made of the declarations by `npm run generate`.
 */
import type { CommandServices } from './services.ts';

/** The work of a command. `argument` is whatever its row, button or caller passed; the command checks it. */
export type CommandHandler = (services: CommandServices, argument: unknown) => Promise<unknown>;

/** The menus of VS Code that commands are placed in, by the names of the contribution point `menus`. */
export type MenuId = 'view/title' | 'view/item/context' | 'editor/title' | 'editor/context';

/** A group's name, or a place in it: `1_run@2` is the second of `1_run`. */
type InGroup<Name extends string> = Name | `${Name}@${number}`;

/** VS Code shows `navigation` and `inline` as icons, and the other groups as sections, sorted by their names. */
export type MenuGroup = InGroup<'navigation' | 'inline' | `${number}_${string}`>;

/** A place in a menu; a group alone stands for the place in it under the command's own `when`. */
export type MenuPlace = MenuGroup | { readonly group: MenuGroup; readonly when: string };

/** Keys that start a command, as VS Code writes them. */
export interface Keybinding {
  readonly key: string;
  /** On macOS. Defaults to `key`. */
  readonly mac?: string;
}

/** Everything that VS Code and this extension know of a command. `when` clauses are in VS Code's own language. */
export interface Command {
  /** `ociModels.<noun>.<verb>`, declared in `commands/<noun>/<verb>.ts`. */
  readonly id: `ociModels.${string}.${string}`;
  /** English, in title case, with an ellipsis at its end if the command asks for more before it does anything. */
  readonly title: string;
  /** The name of a codicon, needed in menus that show icons. */
  readonly icon?: string;
  /** When the command stands in its menus and its keys work. Places may have conditions of their own. */
  readonly when?: string;
  readonly menus?: Readonly<Partial<Record<MenuId, readonly MenuPlace[]>>>;
  readonly keybinding?: Keybinding;
  /** When the command can be run; it is shown dimmed otherwise. */
  readonly enablement?: string;
  /** When the Command Palette offers it; false for never. Defaults to always. */
  readonly palette?: string | false;
  readonly run: CommandHandler;
}

/** Declares a command. The file must be `commands/<noun>/<verb>.ts` and export nothing else that is a command. */
export function defineCommand(command: Command): Command {
  return command;
}
