/**
 * Declares commands beside their code. `npm run generate` derives the `contributes` of package.json, the titles in
 * package.nls.json and the files `*.generated.ts` of this folder from the declarations.
 */
import type { CommandServices } from './services.ts';

/**
 * The implementation of a command. It checks `argument`, which can be anything its row, button or caller passed, and
 * `selection`, the rows that are selected with the one that it was started on, if there are several.
 */
export type CommandHandler = (
  services: CommandServices,
  argument: unknown,
  selection?: unknown,
) => Promise<unknown>;

/** The menus of VS Code that commands appear in, by their names in the contribution point `menus`. */
export type MenuId =
  | 'view/title'
  | 'view/item/context'
  | 'editor/title'
  | 'editor/context'
  /** The submenu “OCI Models” of `editor/context`. */
  | 'ociModels.editorContext'
  | 'scm/title'
  | 'comments/commentThread/title'
  | 'comments/comment/context';

/** The name of a group, optionally with a position: `1_run@2` is the second entry of `1_run`. */
type InGroup<Name extends string> = Name | `${Name}@${number}`;

/** VS Code shows `navigation` and `inline` as icons, and the other groups as sections sorted by name. */
export type MenuGroup = InGroup<'navigation' | 'inline' | `${number}_${string}`>;

/** A position in a menu. A bare group uses the command's own `when`. */
export type MenuPlace = MenuGroup | { readonly group: MenuGroup; readonly when: string };

/** Keys that start a command, in VS Code's notation. */
export interface Keybinding {
  readonly key: string;
  /** On macOS. Defaults to `key`. */
  readonly mac?: string;
  /** Defaults to the command's own `when`. */
  readonly when?: string;
  /** The argument of the command. */
  readonly args?: unknown;
}

/** Everything that VS Code and this extension know about a command. `when` clauses are in VS Code's own language. */
export interface Command {
  /** `ociModels.<noun>.<verb>`, declared in `commands/<noun>/<verb>.ts`. */
  readonly id: `ociModels.${string}.${string}`;
  /** English, in title case, ending with an ellipsis if the command asks for input before it does anything. */
  readonly title: string;
  /** Name of a codicon, needed in menus that show icons. */
  readonly icon?: string;
  /** Condition for the command's menus and keys. Positions may have conditions of their own. */
  readonly when?: string;
  readonly menus?: Readonly<Partial<Record<MenuId, readonly MenuPlace[]>>>;
  readonly keybinding?: Keybinding | readonly Keybinding[];
  /** Condition for running the command, which is dimmed otherwise. */
  readonly enablement?: string;
  /** Condition for the Command Palette; false for never. Defaults to always. */
  readonly palette?: string | false;
  readonly run: CommandHandler;
}

/** Declares a command. The file must be `commands/<noun>/<verb>.ts` and export no other command. */
export function defineCommand(command: Command): Command {
  return command;
}
