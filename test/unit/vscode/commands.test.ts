import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { declaredCommands, readFiles } from '../../../scripts/support/commandFiles.ts';
import {
  BUNDLE,
  type DeclaredCommand,
  describeDifferences,
  type Files,
  generateFiles,
  IDS,
  LIST,
  MANIFEST,
  TITLES,
} from '../../../scripts/support/contributions.ts';
import { ROOT } from '../../../scripts/support/paths.ts';
import { bundleOfSources } from '../../../scripts/support/texts.ts';
import { type Command, defineCommand } from '../../../src/vscode/commands/defineCommand.ts';
import type { CommandId } from '../../../src/vscode/commands/ids.generated.ts';

/** A command that is nowhere but in its declaration. */
function command(more: Partial<Command> = {}): Command {
  return defineCommand({ id: 'ociModels.model.pull', title: 'Pull', run: async () => undefined, ...more });
}

type Change = (one: DeclaredCommand) => DeclaredCommand;

function changed(one: DeclaredCommand, more: Partial<Command>): DeclaredCommand {
  return { ...one, command: { ...one.command, ...more } };
}

function declared(one: Command, file = 'model/pull.ts'): DeclaredCommand {
  return { command: one, file, name: 'pullModel' };
}

const EMPTY: Files = { [MANIFEST]: '{"name":"x","contributes":{"views":{}}}', [TITLES]: '{"a":"A","z":"Z"}' };

/** The texts of the sources, as they are in the checkout. */
function bundleIn(files: Files): Record<string, string> {
  return JSON.parse(files[BUNDLE] ?? '') as Record<string, string>;
}

/** The parts of package.json that are made of commands. */
function contributes(files: Files): Record<string, unknown> {
  return (JSON.parse(files[MANIFEST] ?? '') as { contributes: Record<string, unknown> }).contributes;
}

describe('what is made of the declarations of commands', () => {
  test('is what the checkout has', async () => {
    const actual = await readFiles();
    const expected = generateFiles(await declaredCommands(), actual, await bundleOfSources());
    assert.deepEqual(describeDifferences(expected, actual), []);
  });

  const changes: readonly [what: string, change: Change, told: readonly RegExp[]][] = [
    [
      'title',
      (one) => changed(one, { title: 'Pull a Model' }),
      [/^package\.nls\.json:\d+ is .*Pull OCI Model.*, but is declared as .*Pull a Model/],
    ],
    [
      'condition',
      (one) => changed(one, { when: 'false' }),
      [/^package\.json:\d+ is .*btag.*, but is declared as “"when": "false",”/],
    ],
    ['place', (one) => changed(one, { menus: {} }), [/^package\.json:\d+ is /]],
    [
      'id',
      (one) => ({ ...changed(one, { id: 'ociModels.model.get' }), file: 'model/get.ts' }),
      [/^package\.json:/, /^package\.nls\.json:/, /\/ids\.generated\.ts:/, /\/all\.generated\.ts:/],
    ],
    [
      'export',
      (one) => ({ ...one, name: 'pull' }),
      [/\/all\.generated\.ts:\d+ is .*\{ pullModel \}.*\{ pull \}/],
    ],
  ];
  for (const [what, change, told] of changes) {
    test(`is out of date after a change of the ${what}, and it is said what to do`, async () => {
      const files = await readFiles();
      // The link of a welcome to a command that went is refused, as the last test shows.
      const titles = (files[TITLES] ?? '').replaceAll('(command:ociModels.model.pull)', '()');
      const actual = { ...files, [TITLES]: titles };
      const after = (await declaredCommands()).map((one) =>
        one.command.id === 'ociModels.model.pull' ? change(one) : one,
      );
      const lines = describeDifferences(generateFiles(after, actual, bundleIn(actual)), actual);
      const patterns = [...told, /^Run `npm run generate`\.$/];
      assert.equal(lines.length, patterns.length, lines.join('\n'));
      for (const [index, pattern] of patterns.entries()) assert.match(lines[index] ?? '', pattern);
    });
  }

  test('has every form of a place, with the condition of the command or its own', () => {
    const files = generateFiles(
      [
        declared(
          command({
            icon: 'cloud',
            when: 'a',
            menus: { 'view/title': ['navigation@1', { group: '1_x@2', when: 'b' }], 'editor/title': ['2_y'] },
            keybinding: [
              { key: 'ctrl+k p', mac: 'cmd+k p' },
              { key: 'enter', when: 'b', args: { c: 1 } },
            ],
            enablement: 'c',
            palette: 'd',
          }),
        ),
        {
          command: command({ id: 'ociModels.log.show', palette: false }),
          file: 'log/show.ts',
          name: 'showLog',
        },
      ],
      EMPTY,
    );
    const id = 'ociModels.model.pull';
    assert.deepEqual(contributes(files), {
      views: {},
      commands: [
        { command: 'ociModels.log.show', title: '%command.log.show%', category: 'OCI Models' },
        {
          command: id,
          title: '%command.model.pull%',
          category: 'OCI Models',
          icon: '$(cloud)',
          enablement: 'c',
        },
      ],
      menus: {
        commandPalette: [
          { command: 'ociModels.log.show', when: 'false' },
          { command: id, when: 'd' },
        ],
        'view/title': [
          { command: id, when: 'b', group: '1_x@2' },
          { command: id, when: 'a', group: 'navigation@1' },
        ],
        'view/item/context': [],
        'editor/title': [{ command: id, when: 'a', group: '2_y' }],
        'editor/context': [],
        'comments/commentThread/title': [],
        'comments/comment/context': [],
      },
      keybindings: [
        { command: id, key: 'ctrl+k p', mac: 'cmd+k p', when: 'a' },
        { command: id, key: 'enter', when: 'b', args: { c: 1 } },
      ],
    });
    assert.match(files[IDS] ?? '', /=\n {2}\| 'ociModels\.log\.show'\n {2}\| 'ociModels\.model\.pull';\n/);
    assert.match(
      files[LIST] ?? '',
      /\nexport \{ showLog \} from '\.\/log\/show\.ts';\nexport \{ pullModel \} from '\.\/model\/pull\.ts';\n$/,
    );
  });

  test('has the settings of package.json, so that the compiler checks whoever names one', () => {
    const properties = { 'ociModels.storePath': {}, 'ociModels.engine.gpu': {} };
    const manifest = JSON.stringify({ contributes: { configuration: { properties } } });
    const files = generateFiles([declared(command())], { ...EMPTY, [MANIFEST]: manifest });
    assert.match(files[IDS] ?? '', /SettingKey =\n {2}\| 'engine\.gpu'\n {2}\| 'storePath';\n$/);
  });

  test('leaves other texts where they are, and drops the title of a command that went', () => {
    const texts = '{"a":"A","command.model.gone":"Gone","z":"Z"}';
    const files = generateFiles([declared(command())], { ...EMPTY, [TITLES]: texts });
    assert.deepEqual(Object.entries(JSON.parse(files[TITLES] ?? '') as object), [
      ['a', 'A'],
      ['command.model.pull', 'Pull'],
      ['z', 'Z'],
    ]);
  });

  test('is the same in any order of the declarations', async () => {
    const some = ['a', 'b', 'c'].map((verb) =>
      declared(command({ id: `ociModels.x.${verb}`, menus: { 'view/title': ['1_x'] } }), `x/${verb}.ts`),
    );
    assert.deepEqual(generateFiles(some, EMPTY), generateFiles(some.toReversed(), EMPTY));
  });

  test('is refused where a declaration cannot be right', () => {
    const refused = (one: Command, file: string | undefined, message: RegExp, files = EMPTY): void =>
      assert.throws(() => generateFiles([declared(one, file)], files), { message });
    refused(command(), 'model/push.ts', /model\/push\.ts declares ociModels\.model\.pull/);
    refused(command({ menus: { 'editor/title': ['navigation'] } }), undefined, /model\.pull has no icon/);
    const texts = '{"welcome":"[Pull](command:ociModels.model.pul)"}';
    refused(command(), undefined, /“welcome” .* ociModels\.model\.pul,/, { ...EMPTY, [TITLES]: texts });
  });
});

test('only the id of a command is one for the compiler', async () => {
  const known: CommandId = 'ociModels.model.pull';
  // @ts-expect-error No command has this id.
  const unknown: CommandId = 'ociModels.model.pul';
  const ids: string[] = (await declaredCommands()).map(({ command: { id } }) => id);
  assert.deepEqual([ids.includes(known), ids.includes(unknown)], [true, false]);
});

test('whoever names a command outside of its declaration has the compiler check the id', async () => {
  const declarations = await declaredCommands();
  const source = join(ROOT, 'src');
  const files = (await readdir(source, { recursive: true })).map((name) => name.replaceAll('\\', '/'));
  const naming: string[] = [];
  for (const file of files.filter((name) => name.endsWith('.ts') && !name.endsWith('.generated.ts'))) {
    const text = await readFile(join(source, file), 'utf8');
    const named = declarations.filter(
      (one) => file !== `vscode/commands/${one.file}` && text.includes(`'${one.command.id}'`),
    );
    if (named.length === 0) continue;
    naming.push(file);
    assert.match(text, /import type \{[^}]*\bCommandId\b[^}]*\} from/, file);
    assert.doesNotMatch(text, /executeCommand\(\s*'ociModels\./, file);
  }
  assert.ok(naming.includes('vscode/window/buttons.ts'));
});

test('titles are in title case, without a period at the end, and no two are the same', async () => {
  const titles = (await declaredCommands()).map(({ command: { title } }) => title);
  for (const title of titles)
    assert.match(title, /^[A-Z]\w*(?: [A-Z]\w*| (?:a|for|from|in|of|on|to|vLLM|with))*…?$/);
  assert.equal(new Set(titles).size, titles.length);
});
