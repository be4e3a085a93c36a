/** Writes what the declarations of commands say in the files that VS Code, TypeScript and esbuild read. */
import type { SlashCommand } from '../../src/assist/index.ts';
import type { Command, MenuId, MenuPlace } from '../../src/vscode/commands/defineCommand.ts';

/** A command with the place of its declaration. */
export interface DeclaredCommand {
  readonly command: Command;
  /** Below the folder of commands, with slashes: `model/pull.ts`. */
  readonly file: string;
  /** The name of the export. */
  readonly name: string;
}

/** Texts of files by their paths below the root. */
export type Files = Readonly<Record<string, string>>;

export const MANIFEST = 'package.json';
export const TITLES = 'package.nls.json';
export const IDS = 'src/vscode/commands/ids.generated.ts';
export const LIST = 'src/vscode/commands/all.generated.ts';
/** All texts in English, which translations are made from. VS Code reads `bundle.l10n.<language>.json` beside it. */
export const BUNDLE = 'l10n/bundle.l10n.json';

const CATEGORY = 'OCI Models';
const PREFIX = 'ociModels.';
const MENUS: readonly MenuId[] = [
  'view/title',
  'view/item/context',
  'editor/title',
  'editor/context',
  'ociModels.editorContext',
  'scm/title',
  'comments/commentThread/title',
  'comments/comment/context',
];

/** The parts of package.json that are read here. */
interface Manifest {
  readonly contributes: {
    readonly configuration?: { readonly properties: object };
    readonly chatParticipants?: readonly object[];
  };
}

/** An entry of `contributes.menus`. */
interface MenuEntry {
  readonly command: string;
  readonly when?: string;
  readonly group?: string;
}

/**
 * Makes the files from the declarations, whose order does not matter. In package.json and package.nls.json everything
 * stays that is not made of commands.
 * @param files the texts of package.json and package.nls.json.
 * @param bundle the texts of the sources.
 * @param slashCommands those of the first chat participant.
 * @throws Error that names the command, if a declaration contradicts its file, another declaration or a link.
 */
export function generateFiles(
  declared: readonly DeclaredCommand[],
  files: Files,
  bundle: Readonly<Record<string, string>> = {},
  slashCommands: readonly SlashCommand[] = [],
): Files {
  const inFiles = declared.toSorted((a, b) => compare(a.file, b.file));
  const commands = declared.map(({ command }) => command).sort((a, b) => compare(a.id, b.id));
  for (const one of inFiles) checkDeclaration(one);
  const texts = JSON.parse(files[TITLES] ?? '') as Record<string, string>;
  checkLinks(commands, texts);
  const manifest = JSON.parse(files[MANIFEST] ?? '') as Manifest;
  return {
    [MANIFEST]: toText({
      ...manifest,
      contributes: {
        ...manifest.contributes,
        ...contributions(commands),
        chatParticipants: withSlashCommands(manifest, slashCommands),
      },
    }),
    [TITLES]: toText(withTitles(texts, commands, slashCommands)),
    [IDS]: idsModule(commands, settingKeys(manifest)),
    [LIST]: listModule(inFiles),
    [BUNDLE]: toText(bundle),
  };
}

/** Compares by code units, which is the same on every machine. */
function compare(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}

function toText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** The key of a title in package.nls.json: `command.model.pull`. */
function titleKey({ id }: Command): string {
  return `command.${id.slice(PREFIX.length)}`;
}

/** The key of a slash command's description in package.nls.json: `slashCommand.explain`. */
function descriptionKey({ name }: SlashCommand): string {
  return `slashCommand.${name}`;
}

function withSlashCommands(
  { contributes }: Manifest,
  slashCommands: readonly SlashCommand[],
): readonly object[] | undefined {
  const [first, ...others] = contributes.chatParticipants ?? [];
  if (first === undefined || slashCommands.length === 0) return contributes.chatParticipants;
  const commands = slashCommands.map((command) => {
    return { name: command.name, description: `%${descriptionKey(command)}%` };
  });
  return [{ ...first, commands }, ...others];
}

function checkDeclaration({ command, file, name }: DeclaredCommand): void {
  const expected = PREFIX + file.replace(/\.ts$/, '').replaceAll('/', '.');
  if (command.id !== expected) {
    throw new Error(
      `${file} declares ${command.id} as ${name}, but the id of a command is that of its file: ${expected}.`,
    );
  }
  const showsIcon = placesOf(command).some(({ group }) => /^(?:inline|navigation)\b/.test(group));
  if (showsIcon && command.icon === undefined) {
    throw new Error(`${command.id} has no icon, but a place in a menu that shows icons only.`);
  }
}

/** Links in texts, as in the welcome of a view: `[Pull](command:ociModels.model.pull)`. */
function checkLinks(commands: readonly Command[], texts: Readonly<Record<string, string>>): void {
  const ids = new Set<string>(commands.map(({ id }) => id));
  for (const [key, text] of Object.entries(texts)) {
    for (const [, id = ''] of text.matchAll(/\(command:(ociModels\.[\w.]+)/g)) {
      if (!ids.has(id)) throw new Error(`“${key}” in ${TITLES} links to ${id}, which is no command.`);
    }
  }
}

function contributions(commands: readonly Command[]): object {
  const menus: Record<string, readonly (MenuEntry | SubmenuEntry)[]> = {
    commandPalette: commands.flatMap(paletteEntry),
  };
  for (const menu of MENUS) {
    menus[menu] = [
      ...commands.flatMap((command) => menuEntries(command, menu)),
      ...submenuEntries(menu),
    ].sort((a, b) => compare(a.group ?? '', b.group ?? ''));
  }
  return {
    commands: commands.map((command) => ({
      command: command.id,
      title: `%${titleKey(command)}%`,
      category: CATEGORY,
      icon: command.icon === undefined ? undefined : `$(${command.icon})`,
      enablement: command.enablement,
    })),
    menus,
    keybindings: commands.flatMap(({ id, keybinding = [], when }) =>
      [keybinding].flat().map((one) => ({ command: id, ...one, when: one.when ?? when })),
    ),
  };
}

/** The menu of the editor has one entry for all that is asked about code. */
const SUBMENU: MenuId = 'ociModels.editorContext';

/** An entry of `contributes.menus` that opens another menu. */
interface SubmenuEntry {
  readonly submenu: string;
  readonly group: string;
}

function submenuEntries(menu: MenuId): SubmenuEntry[] {
  return menu === 'editor/context' ? [{ submenu: SUBMENU, group: '1_modification@10' }] : [];
}

function paletteEntry({ id, palette }: Command): MenuEntry[] {
  return palette === undefined ? [] : [{ command: id, when: palette === false ? 'false' : palette }];
}

function menuEntries(command: Command, menu: MenuId): MenuEntry[] {
  return (command.menus?.[menu] ?? []).map((place) => {
    const { group, when } = placeOf(command, place);
    return { command: command.id, ...(when === undefined ? {} : { when }), group };
  });
}

function placesOf(command: Command): { group: string }[] {
  return Object.values(command.menus ?? {}).flatMap((places) =>
    places.map((place) => placeOf(command, place)),
  );
}

function placeOf({ when }: Command, place: MenuPlace): { group: string; when?: string | undefined } {
  return typeof place === 'string' ? { group: place, when } : place;
}

/** Puts the titles together, in the place of the first one. */
function withTitles(
  texts: Readonly<Record<string, string>>,
  commands: readonly Command[],
  slashCommands: readonly SlashCommand[],
): object {
  const entries = Object.entries(texts);
  const isTitle = ([key]: readonly [string, string]): boolean => /^(?:command|slashCommand)\./.test(key);
  const start = entries.findIndex(isTitle);
  const others = entries.filter((entry) => !isTitle(entry));
  const titles = [
    ...commands.map((command) => [titleKey(command), command.title] as const),
    ...slashCommands.map((command) => [descriptionKey(command), command.description] as const),
  ];
  return Object.fromEntries(
    others.toSpliced(start < 0 ? others.length : start, 0, ...(titles as [string, string][])),
  );
}

const NOTICE =
  'Made by `npm run generate` of the declarations of commands and package.json; not to be edited.';

/** The settings, without the prefix that all have. */
function settingKeys({ contributes }: Manifest): string[] {
  const names = Object.keys(contributes.configuration?.properties ?? {});
  return names.map((name) => name.slice(PREFIX.length)).sort(compare);
}

/** A module without imports, so that every file may name a command without importing its code. */
function idsModule(commands: readonly Command[], settings: readonly string[]): string {
  const union = (names: readonly string[]): string => names.map((name) => `\n  | '${name}'`).join('');
  const ids = union(commands.map(({ id }) => id));
  return [
    `/** ${NOTICE} */`,
    `/** The id of a command of this extension. */\nexport type CommandId =${ids || ' never'};`,
    `/** A setting of this extension, without \`${PREFIX}\`. */\nexport type SettingKey =${union(settings) || ' never'};\n`,
  ].join('\n\n');
}

function listModule(declared: readonly DeclaredCommand[]): string {
  const lines = declared.map(({ name, file }) => `export { ${name} } from './${file}';\n`);
  return `/** ${NOTICE} */\n${lines.join('')}`;
}

/** Says which files are not as they should be, with the first line that differs, and at last what to do. */
export function describeDifferences(expected: Files, actual: Files): string[] {
  const differences = Object.entries(expected).flatMap(([file, text]) => {
    const [are, should] = [(actual[file] ?? '').split('\n'), text.split('\n')];
    const line = are.findIndex((content, index) => content !== should[index]);
    if (line < 0 && are.length === should.length) return [];
    const at = line < 0 ? are.length : line;
    return `${file}:${at + 1} is “${are[at]?.trim() ?? ''}”, but is declared as “${should[at]?.trim() ?? ''}”.`;
  });
  return differences.length === 0 ? [] : [...differences, 'Run `npm run generate`.'];
}
