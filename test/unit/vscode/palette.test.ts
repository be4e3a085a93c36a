/** The Command Palette has the commands that make sense now: none about models while there is none. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import '../../support/vscodeStub.ts';
import { readFiles } from '../../../scripts/support/commandFiles.ts';
import { MANIFEST } from '../../../scripts/support/contributions.ts';
import type { Session } from '../../../src/session/index.ts';
import { shown } from '../../support/vscodeStub.ts';

const { followModels } = await import('../../../src/vscode/window/modelContext.ts');

type Keys = Readonly<Record<string, boolean | number | string>>;

/** Evaluates the parts of VS Code's clauses that conditions for the Palette use. */
function holds(clause: string, keys: Keys): boolean {
  const split = (text: string, by: string): string[] => {
    const parts = [''];
    let depth = 0;
    for (const token of text.split(/(\(|\)|\|\||&&)/)) {
      depth += token === '(' ? 1 : token === ')' ? -1 : 0;
      if (token === by && depth === 0) parts.push('');
      else parts[parts.length - 1] += token;
    }
    return parts.map((part) => part.trim());
  };
  const either = split(clause, '||');
  if (either.length > 1) return either.some((part) => holds(part, keys));
  const both = split(clause, '&&');
  if (both.length > 1) return both.every((part) => holds(part, keys));
  const [part = ''] = both;
  if (part.startsWith('!')) return !holds(part.slice(1), keys);
  if (part.startsWith('(')) return holds(part.slice(1, -1), keys);
  const [, key = '', operator, value = ''] = /^([\w.]+)(?: (==|>) (\S+))?$/.exec(part) ?? [];
  assert.ok(key !== '', `“${part}” is not understood`);
  if (operator === '>') return Number(keys[key] ?? Number.NaN) > Number(value);
  return operator === '==' ? keys[key] === value : Boolean(keys[key]);
}

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly enablement?: string }[];
    readonly menus: {
      readonly commandPalette: readonly { readonly command: string; readonly when: string }[];
    };
  };
}

/** The ids of the commands that the Palette shows, without their common beginning. */
async function shownIn(keys: Keys): Promise<string[]> {
  const { contributes } = JSON.parse((await readFiles())[MANIFEST] ?? '') as Manifest;
  const clauses = new Map(contributes.menus.commandPalette.map(({ command, when }) => [command, when]));
  return contributes.commands
    .filter(({ command, enablement = 'true' }) =>
      [clauses.get(command) ?? 'true', enablement].every((clause) =>
        holds(clause, { true: true, false: false, ...keys }),
      ),
    )
    .map(({ command }) => command.replace('ociModels.', ''))
    .sort();
}

const ALWAYS = [
  'catalogue.search',
  'diagnostics.copy',
  'disk.show',
  'endpoint.add',
  'endpoint.find',
  'log.show',
  'model.import',
  'model.inspect',
  'model.pull',
  'network.show',
  'registry.add',
  'registry.filter',
  'registry.refresh',
  'registry.signIn',
  'setup.start',
  'status.show',
];
const STORED = [
  'model.copyPath',
  'model.delete',
  'model.options',
  'model.reveal',
  'model.saveCopy',
  'model.unload',
  'model.verify',
  'update.check',
];
const ANSWERING = [
  'completion.choose',
  'completion.turnOn',
  'model.chat',
  'model.load',
  'model.select',
  'nativeChat.use',
];
const IN_EDITOR = [
  'code.doc',
  'code.explain',
  'code.fix',
  'code.tests',
  'fileEdits.start',
  'inlineChat.start',
];
const ENDPOINT = ['endpoint.edit', 'endpoint.remove'];

const HAS_STORED = { 'ociModels.hasStoredModel': true };
const HAS_MODEL = { ...HAS_STORED, 'ociModels.hasModel': true };

describe('the Palette', () => {
  for (const [what, keys, more] of [
    ['without a model', { editorIsOpen: true, gitOpenRepositoryCount: 1 }, []],
    ['before the extension has looked', {}, []],
    ['with a model that is damaged', { ...HAS_STORED, editorIsOpen: true }, STORED],
    ['with a model, and no workspace', HAS_MODEL, [...STORED, ...ANSWERING]],
    [
      'with a model, an editor and a repository',
      { ...HAS_MODEL, editorIsOpen: true, gitOpenRepositoryCount: 1 },
      [...STORED, ...ANSWERING, ...IN_EDITOR, 'commit.write'],
    ],
    [
      'with a model and a file that cannot be edited',
      { ...HAS_MODEL, editorIsOpen: true, activeEditorIsReadonly: true },
      [...STORED, ...ANSWERING, ...IN_EDITOR.filter((id) => !id.endsWith('.start'))],
    ],
    ['in the browser', { ...HAS_STORED, isWeb: true }, STORED.filter((id) => id !== 'model.reveal')],
    ['with an endpoint that does not answer', { 'ociModels.hasEndpoint': true }, [...ANSWERING, ...ENDPOINT]],
    [
      'while a model completes code',
      { ...HAS_MODEL, 'ociModels.completions': true },
      [
        ...STORED,
        ...ANSWERING.filter((id) => id !== 'completion.turnOn'),
        'completion.snooze',
        'completion.turnOff',
      ],
    ],
    ['while the user is signed in', { 'ociModels.signedIn': true }, ['registry.signOut']],
    ['while one pull waits', { 'ociModels.waitingPulls': 1 }, ['download.leave']],
    ['while two pulls wait', { 'ociModels.waitingPulls': 2 }, ['download.leave', 'download.next']],
  ] as const) {
    test(what, async () => assert.deepEqual(await shownIn(keys), [...ALWAYS, ...more].sort()));
  }
});

test('the keys follow models and endpoints, and are set only if they change', async () => {
  let change = (): void => {};
  let models: { usable: number; stored: number; endpoints: number; fails?: boolean } = {
    usable: 0,
    stored: 0,
    endpoints: 0,
  };
  const list = (length: number) => async () => {
    if (models.fails === true) throw new Error('no store');
    return Array.from({ length });
  };
  const session = {
    usable: () => list(models.usable)(),
    list: () => list(models.stored)(),
    endpoints: () => Array.from({ length: models.endpoints }),
    onDidChangeModels: (listener: () => void) => {
      change = listener;
      return () => {};
    },
  } as unknown as Session;
  const keys = async (next: typeof models): Promise<unknown[]> => {
    models = next;
    shown.length = 0;
    change();
    await new Promise((resolve) => setImmediate(resolve));
    return shown.filter(({ args: [name] }) => name === 'setContext').map(({ args }) => args.slice(1));
  };
  followModels(session);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(await keys({ usable: 0, stored: 0, endpoints: 0 }), []);
  assert.deepEqual(await keys({ usable: 0, stored: 1, endpoints: 0 }), [['ociModels.hasStoredModel', true]]);
  assert.deepEqual(await keys({ usable: 2, stored: 1, endpoints: 1 }), [
    ['ociModels.hasModel', true],
    ['ociModels.hasEndpoint', true],
  ]);
  assert.deepEqual(await keys({ usable: 1, stored: 1, endpoints: 1, fails: true }), [
    ['ociModels.hasModel', false],
    ['ociModels.hasStoredModel', false],
  ]);
});
