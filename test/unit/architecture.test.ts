/** The table of rooms in ARCHITECTURE.md is true: its imports, its doors, no cycles. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join, posix, sep } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SRC = join(ROOT, 'src');

/** Files of one folder, at most. */
const CROWDED = 20;

/** Files that may be imported past the index of their room. Each has its reason here or in the table. */
const DOORS: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  { pattern: /^base\//, why: 'has no index: each file stands for itself' },
  { pattern: /^vscode\//, why: 'is only entered by the composition root' },
  { pattern: /^oci\/spec\//, why: 'pure types and parsers; the client behind the index loads undici' },
  {
    pattern: /^oci\/http\/(answerErrors|iteratedBody|sender)\.ts$/,
    why: 'pure, for those who send or fail in its words',
  },
  {
    pattern: /^store\/disk\/(contentHasher|hashFile)\.ts$/,
    why: 'the thread that hashes loads nothing else',
  },
];

interface Import {
  /** Paths below `src/`, with slashes. */
  readonly from: string;
  readonly to: string;
  /** `import type` and `export type … from`, which leave nothing in the bundle. */
  readonly typesOnly: boolean;
}

interface Room {
  /** Below `src/`, without a slash at the end. */
  readonly folder: string;
  /** Folders, `all`, or a folder followed by `'s types`. */
  readonly mayImport: readonly string[];
}

const STATEMENT =
  /(?:^|\n)\s*(?:import|export)\b(\s+type\b)?[^;'"]*?\bfrom\s*'(\.[^']+)'|\bimport\(\s*'(\.[^']+)'\s*\)/g;

/** The imports of a file in the words of its source: `from` is below `src/`. */
function importsOf(from: string, source: string): Import[] {
  return [...source.matchAll(STATEMENT)].map(([, type, named, dynamic]) => ({
    from,
    to: posix.normalize(posix.join(posix.dirname(from), named ?? dynamic ?? '')),
    typesOnly: type !== undefined,
  }));
}

/** The rows `` | `oci/` | … | base, archive | `` of ARCHITECTURE.md. */
function roomsOf(document: string): Room[] {
  return [...document.matchAll(/^\| `([\w/]+)\/` \|.*\| ([^|]*) \|$/gm)].map(([, folder = '', may = '']) => ({
    folder,
    mayImport: may.split(/,\s*/).filter((name) => name !== '–'),
  }));
}

function within(file: string, folder: string): boolean {
  return file.startsWith(`${folder}/`);
}

/** The room of a file is the row with the longest path that holds it. */
function roomOf(file: string, rooms: readonly Room[]): Room | undefined {
  return rooms
    .filter(({ folder }) => within(file, folder))
    .sort((one, other) => other.folder.length - one.folder.length)[0];
}

function isAllowed({ to, typesOnly }: Import, { folder, mayImport }: Room): boolean {
  if (within(to, folder) || within(to, 'base')) return true;
  return mayImport.some((name) => {
    const types = name.endsWith("'s types");
    const target = types ? name.slice(0, -"'s types".length) : name;
    return name === 'all' || (within(to, target) && (!types || typesOnly));
  });
}

const files = (await readdir(SRC, { recursive: true }))
  .map((name) => name.split(sep).join('/'))
  .filter((name) => name.endsWith('.ts'))
  .sort();
const sources = new Map(
  await Promise.all(files.map(async (file) => [file, await readFile(join(SRC, file), 'utf8')] as const)),
);
const imports = [...sources].flatMap(([file, source]) => importsOf(file, source));
const rooms = roomsOf(await readFile(join(ROOT, 'ARCHITECTURE.md'), 'utf8'));

describe('the house', () => {
  test('the table has every folder of src, and no other', () => {
    const first = new Set(files.filter((file) => file.includes('/')).map((file) => file.split('/')[0]));
    assert.deepEqual(
      [...first].filter((folder) => !rooms.some((room) => room.folder === folder)),
      [],
    );
    const empty = rooms.filter(({ folder }) => !files.some((file) => within(file, folder)));
    assert.deepEqual(empty, []);
  });

  test('rooms import only what the table allows', () => {
    assert.ok(rooms.length >= 15, 'the table was not found');
    const wrong = imports.filter((found) => {
      const room = roomOf(found.from, rooms);
      return room !== undefined && !isAllowed(found, room);
    });
    assert.deepEqual(wrong, []);
  });

  test('rooms with an index are entered through it', () => {
    const indexed = rooms
      .map(({ folder }) => folder)
      .filter((folder) => files.includes(`${folder}/index.ts`));
    const wrong = imports.filter(({ from, to }) => {
      if (DOORS.some(({ pattern }) => pattern.test(to))) return false;
      const past = indexed.find((folder) => within(to, folder) && !within(from, folder));
      return past !== undefined && basename(to) !== 'index.ts';
    });
    assert.deepEqual(wrong, []);
  });

  test('every door is used', () => {
    const unused = DOORS.filter(({ pattern }) => !imports.some(({ to }) => pattern.test(to)));
    assert.deepEqual(unused, []);
  });

  test('every import leads to a file', () => {
    const lost = imports.filter(({ to }) => !sources.has(to) && !to.endsWith('.d.ts'));
    assert.deepEqual(lost, []);
  });

  test('no file imports itself by way of others', () => {
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      const start = path.indexOf(file);
      if (start >= 0) assert.fail([...path.slice(start), file].join(' → '));
      if (done.has(file)) return;
      for (const { to } of importsOf(file, sources.get(file) ?? '')) visit(to, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
  });

  test(`no folder has more than ${CROWDED} files`, () => {
    const counts = new Map<string, number>();
    for (const file of files) counts.set(posix.dirname(file), (counts.get(posix.dirname(file)) ?? 0) + 1);
    const crowded = [...counts].filter(([, count]) => count > CROWDED);
    assert.deepEqual(crowded, []);
  });

  test('only vscode/ and the composition root import the editor', () => {
    const wrong = [...sources].filter(
      ([file, source]) => /from 'vscode'/.test(source) && !within(file, 'vscode') && file !== 'extension.ts',
    );
    assert.deepEqual(
      wrong.map(([file]) => file),
      [],
    );
  });
});

describe('the reader of the house', () => {
  test('imports of every form', () => {
    const source = `
import 'side-effect';
import type { A } from './a.ts';
import {
  b,
  type B,
} from '../base/b.ts';
export type { C } from './c/index.ts';
export * from './d.ts';
const later = await import('./e.ts');
type F = import('./f.ts').F;
`;
    assert.deepEqual(
      importsOf('room/file.ts', source).map(({ to, typesOnly }) => [to, typesOnly]),
      [
        ['room/a.ts', true],
        ['base/b.ts', false],
        ['room/c/index.ts', true],
        ['room/d.ts', false],
        ['room/e.ts', false],
        ['room/f.ts', false],
      ],
    );
  });

  test('rows, and what they allow', () => {
    const table =
      "| `one/` | owns | – |\n| `one/inner/` | owns | two's types |\n| `root.ts` | all of it | all |";
    const found = roomsOf(table);
    assert.deepEqual(
      found.map(({ folder, mayImport }) => [folder, mayImport]),
      [
        ['one', []],
        ['one/inner', ["two's types"]],
      ],
    );
    const inner = roomOf('one/inner/file.ts', found);
    assert.ok(inner);
    assert.equal(inner?.folder, 'one/inner');
    const of = (to: string, typesOnly = false) =>
      isAllowed({ from: 'one/inner/file.ts', to, typesOnly }, inner);
    assert.deepEqual(
      [of('one/inner/x.ts'), of('base/x.ts'), of('one/x.ts'), of('two/x.ts'), of('two/x.ts', true)],
      [true, true, false, false, true],
    );
  });
});
