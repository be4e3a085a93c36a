/** Texts of other places: which files are read, and which never are. The editor is a stand-in over a few files. */
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import type * as Editor from 'vscode';
import { EditHistory } from '../../../../src/assist/index.ts';
import { silentLog } from '../../../../src/base/log.ts';
import { deferred } from '../../../../src/base/wait.ts';
import { until } from '../../../support/until.ts';
import { replaceMembers } from '../../../support/vscodeStub.ts';

const vscode = await import('vscode');

/** Text by path. */
const FILES: Record<string, string> = {
  '/w/cart.ts': 'import { tax } from "./tax";\nconst sum = tax(price);\n',
  '/w/tax.ts':
    'export function tax(price: number): number {\n  return price * 2;\n}\n\nexport const other = 1;\n',
  '/w/dist/tax.js': 'built',
  '/w/.env.ts': 'secret',
  '/outside/tax.ts': 'outside',
  '/w/like/cart.ts': 'const sumOfCart = taxOf(priceOfItem);\n',
  '/w/like/basket.ts': 'const sumOfBasket = taxOf(priceOfItem);\n',
  '/w/like/alone.ts': 'nothing();\n',
};

class Uri {
  readonly scheme = 'file';
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
  get fsPath(): string {
    return this.path;
  }
  toString(): string {
    return `file://${this.path}`;
  }
}

/** Where definitions are, and how long the language takes. */
let definitions: readonly [path: string, line: number][] = [];
let language: Promise<void> = Promise.resolve();
let ignored: readonly string[] | undefined = [];
const asked: string[] = [];
/** State of the Git extension. */
let gitState = 'initialized';

/** Puts the stand-in in place of the editor. @returns a function that takes it away. */
function standIn(): () => void {
  const restores = [
    replaceMembers(vscode.commands, {
      executeCommand: async (name: string, _: unknown, at: { line: number; character: number }) => {
        asked.push(`${name} ${at.line}:${at.character}`);
        await language;
        return definitions.map(([path, line]) => ({ uri: new Uri(path), range: { start: { line } } }));
      },
    }),
    replaceMembers(vscode.extensions, {
      getExtension: () => ({
        isActive: true,
        exports: {
          enabled: true,
          getAPI: () => ({
            state: gitState,
            repositories: [],
            getRepository: ({ path }: Uri) =>
              path.startsWith('/w/')
                ? {
                    checkIgnore:
                      ignored &&
                      (async (all: string[]) => new Set(all.filter((one) => ignored?.includes(one)))),
                  }
                : null,
          }),
        },
      }),
    }),
    replaceMembers(vscode.workspace, {
      getWorkspaceFolder: ({ path }: Uri) => (path.startsWith('/w/') ? { name: 'shop' } : undefined),
      asRelativePath: (uri: Uri) => uri.path.replace(/^\/w\//, ''),
      fs: {
        stat: async ({ path }: Uri) => ({ size: FILES[path]?.length }),
        readFile: async ({ path }: Uri) => {
          asked.push(`read ${path}`);
          return Buffer.from(FILES[path] ?? '');
        },
        readDirectory: async ({ path }: Uri) =>
          Object.keys(FILES)
            .filter((one) => one.startsWith(`${path}/`) && !one.slice(path.length + 1).includes('/'))
            .map((one) => [one.slice(path.length + 1), 1]),
      },
    }),
    replaceMembers(vscode.Uri, {
      joinPath: ({ path }: Uri, part: string) =>
        new Uri(part === '..' ? path.slice(0, path.lastIndexOf('/')) : `${path}/${part}`),
      parse: (text: string) => new Uri(text.replace('file://', '')),
    }),
  ];
  return () => {
    for (const restore of restores) restore();
  };
}

const { SurroundingsCollector } = await import('../../../../src/vscode/completion/surroundings.ts');

const failures: string[] = [];
const log = { ...silentLog, debug: (line: string) => void failures.push(line) };

function document(path: string): Editor.TextDocument {
  return { uri: new Uri(path), getText: () => FILES[path] } as unknown as Editor.TextDocument;
}

async function around(path: string, line: number, history = new EditHistory()) {
  const collector = new SurroundingsCollector(history, log);
  return collector.around(document(path), { line } as Editor.Position);
}

describe('texts of other places', () => {
  let takeAway = (): void => {};
  before(() => {
    takeAway = standIn();
  });
  after(() => takeAway());
  afterEach(() => assert.deepEqual(failures, []));

  test('are the definitions of names near the cursor', async () => {
    definitions = [['/w/tax.ts', 0]];
    assert.deepEqual(await around('/w/cart.ts', 1), {
      repository: 'shop',
      path: 'cart.ts',
      files: [
        { path: 'tax.ts', text: 'export function tax(price: number): number {\n  return price * 2;\n}' },
      ],
    });
    assert.ok(asked.includes('vscode.executeDefinitionProvider 1:12'), asked.join());
  });

  test('are never in files outside of the workspace, that Git ignores, or that look like secrets', async () => {
    asked.length = 0;
    definitions = [
      ['/outside/tax.ts', 0],
      ['/w/dist/tax.js', 0],
      ['/w/.env.ts', 0],
    ];
    ignored = ['/w/dist/tax.js', '/w/tax.ts'];
    assert.equal(await around('/w/cart.ts', 1), undefined);
    // A Git that does not tell what it ignores lets nothing be read.
    definitions = [['/w/tax.ts', 0]];
    ignored = undefined;
    assert.equal(await around('/w/cart.ts', 1), undefined);
    ignored = [];
    assert.equal(await around('/outside/tax.ts', 0), undefined);
    assert.deepEqual(
      asked.filter((one) => one.startsWith('read')),
      [],
    );
  });

  test('are those of the most similar file of the folder if there is no definition', async () => {
    definitions = [];
    const found = await around('/w/like/cart.ts', 0);
    assert.deepEqual(found?.files, [{ path: 'like/basket.ts', text: FILES['/w/like/basket.ts']?.trim() }]);
  });

  test('have the latest edits elsewhere at their end', async () => {
    definitions = [['/w/tax.ts', 4]];
    const history = new EditHistory();
    for (const name of ['cart', 'tax']) {
      history.open(`file:///w/${name}.ts`, 'old');
      history.change(`file:///w/${name}.ts`, 'new');
    }
    const found = await around('/w/cart.ts', 1, history);
    assert.deepEqual(
      found?.files.map(({ path }) => path),
      ['tax.ts', 'recent_changes.diff'],
    );
    assert.equal(found?.files[1]?.text, '--- a/tax.ts\n+++ b/tax.ts\n-old\n+new');
  });

  test('are no edits of files that may not be read', async () => {
    definitions = [];
    ignored = ['/w/dist/tax.js'];
    const history = new EditHistory();
    for (const path of ['/w/cart.ts', '/outside/tax.ts', '/w/.env.ts', '/w/dist/tax.js']) {
      history.open(`file://${path}`, 'old');
      history.change(`file://${path}`, 'new');
    }
    const found = (await around('/w/cart.ts', 1, history))?.files ?? [];
    assert.deepEqual(
      found.filter(({ path }) => path === 'recent_changes.diff'),
      [],
    );
    ignored = [];
  });

  test('are not read before Git has found its repositories', async () => {
    definitions = [['/w/tax.ts', 0]];
    gitState = 'uninitialized';
    assert.equal(await around('/w/cart.ts', 1), undefined);
    gitState = 'initialized';
  });

  test('do not hold up a request: a slow language is told at a later one', async () => {
    definitions = [['/w/tax.ts', 4]];
    const answers = deferred<void>();
    language = answers.promise;
    const collector = new SurroundingsCollector(new EditHistory(), log);
    const ask = () => collector.around(document('/w/cart.ts'), { line: 1 } as Editor.Position);
    assert.equal(await ask(), undefined);
    answers.resolve();
    await until(async () => (await ask()) !== undefined);
    asked.length = 0;
    // It stays for the keys that follow.
    assert.equal((await ask())?.files[0]?.text, 'export const other = 1;');
    assert.deepEqual(asked, []);
    language = Promise.resolve();
  });
});
