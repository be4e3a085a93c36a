/** Answers that change several places and files. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type FileEditsResult, readFileEdits } from '../../../../src/assist/edit/index.ts';

const ADD = {
  path: 'src/add.ts',
  languageId: 'typescript',
  indentation: '  ',
  lines: [
    'export function add(a: number, b: number) {',
    '  return a - b;',
    '}',
    '',
    'export const zero = 0;',
  ],
};
const USE = {
  path: 'src/use.ts',
  languageId: 'typescript',
  indentation: '  ',
  lines: ["import { add } from './add.ts';", '', 'console.log(add(1, 2));', 'console.log(add(3, 4));'],
};
const FILES = [ADD, USE];
const ADDED = [...ADD.lines.slice(0, 1), '  return a + b;', ...ADD.lines.slice(2)];
const USED = [...USE.lines.slice(0, 2), 'console.log(add(1, 2, 3));', ...USE.lines.slice(3)];

function linesOf(result: FileEditsResult): Record<string, readonly string[]> {
  assert.equal(result.kind, 'edits', JSON.stringify(result));
  return result.kind === 'edits'
    ? Object.fromEntries(result.edits.map(({ path, lines }) => [path, lines]))
    : {};
}

function reasonOf(result: FileEditsResult): string {
  assert.equal(result.kind, 'refused', JSON.stringify(result));
  return result.kind === 'refused' ? result.reason : '';
}

const block = (path: string, old: string, fresh: string): string =>
  `${path}\n\`\`\`ts\n<<<<<<< SEARCH\n${old}\n=======\n${fresh}\n>>>>>>> REPLACE\n\`\`\`\n`;

describe('search and replace', () => {
  const both = `I change both files.\n\n${block('src/add.ts', '  return a - b;', '  return a + b;')}\n${block('src/use.ts', 'console.log(add(1, 2));', 'console.log(add(1, 2, 3));')}`;

  test('in several files', () => {
    assert.deepEqual(linesOf(readFileEdits(both, FILES)), { 'src/add.ts': ADDED, 'src/use.ts': USED });
  });

  test('two places of one file', () => {
    const answer = `${block('add.ts', '  return a - b;', '  return a + b;')}${block('add.ts', 'export const zero = 0;', 'export const one = 1;')}`;
    const lines = [...ADDED.slice(0, 4), 'export const one = 1;'];
    assert.deepEqual(linesOf(readFileEdits(answer, FILES)), { 'src/add.ts': lines });
  });

  test('but for white space', () => {
    const answer = block('src/add.ts', 'return a - b;', 'const sum = a + b;\nreturn sum;');
    const lines = [ADD.lines[0], '  const sum = a + b;', '  return sum;', ...ADD.lines.slice(2)];
    assert.deepEqual(linesOf(readFileEdits(answer, FILES)), { 'src/add.ts': lines });
  });

  test('without a path, where one file has the lines', () => {
    const answer = '<<<<<<< SEARCH\n  return a - b;\n=======\n  return a + b;\n>>>>>>> REPLACE';
    assert.deepEqual(linesOf(readFileEdits(answer, FILES)), { 'src/add.ts': ADDED });
  });

  test('a new file', () => {
    const answer = block('src/sub.ts', '', 'export const sub = 1;').replace('SEARCH\n\n', 'SEARCH\n');
    const result = readFileEdits(answer, FILES);
    assert.deepEqual(result, {
      kind: 'edits',
      edits: [{ path: 'src/sub.ts', isNew: true, lines: ['export const sub = 1;'] }],
      notes: [],
    });
  });

  test('lines that are not there are refused with the closest one, and so is all else', () => {
    const answer = `${block('src/use.ts', 'console.log(add(1, 2));', 'x();')}${block('src/add.ts', '  return a * b;', '  return a + b;')}`;
    assert.match(reasonOf(readFileEdits(answer, FILES)), /“return a \* b;”.*“return a - b;”/);
  });

  test('lines that are there twice are refused', () => {
    const files = [{ ...USE, lines: ['again();', '', 'again();'] }];
    assert.match(reasonOf(readFileEdits(block('src/use.ts', 'again();', 'x();'), files)), /several times/);
  });

  test('overlapping, open and foreign ones are refused', () => {
    const twice = block('src/add.ts', '  return a - b;', '  return a + b;').repeat(2);
    assert.match(reasonOf(readFileEdits(twice, FILES)), /twice/);
    assert.match(reasonOf(readFileEdits(both.replace(/>>>>>>> REPLACE\n```\n$/, ''), FILES)), /well formed/);
    assert.match(reasonOf(readFileEdits(block('src/other.ts', 'a', 'b'), FILES)), /other\.ts/);
  });

  test('a cut answer is refused', () => {
    assert.match(reasonOf(readFileEdits(both, FILES, { complete: false })), /cut off/);
  });

  test('nothing new is no change', () => {
    const answer = block('src/add.ts', '  return a - b;', '  return a - b;');
    assert.deepEqual(readFileEdits(answer, FILES), { kind: 'unchanged' });
  });
});

describe('diffs', () => {
  test('of several files, with new ones', () => {
    const answer = [
      '```diff',
      'diff --git a/src/add.ts b/src/add.ts',
      '--- a/src/add.ts',
      '+++ b/src/add.ts',
      '@@ -1,3 +1,3 @@',
      ' export function add(a: number, b: number) {',
      '-  return a - b;',
      '+  return a + b;',
      ' }',
      '--- /dev/null',
      '+++ b/src/new.ts',
      '@@ -0,0 +1,2 @@',
      '+export const x = 1;',
      '+export const y = 2;',
      '```',
    ].join('\n');
    const result = readFileEdits(answer, FILES);
    assert.deepEqual(linesOf(result), {
      'src/new.ts': ['export const x = 1;', 'export const y = 2;'],
      'src/add.ts': ADDED,
    });
  });

  test('patches', () => {
    const answer =
      '*** Begin Patch\n*** Update File: src/add.ts\n@@\n-  return a - b;\n+  return a + b;\n*** Add File: docs/a.md\n+# A\n*** End Patch';
    assert.deepEqual(linesOf(readFileEdits(answer, FILES)), { 'docs/a.md': ['# A'], 'src/add.ts': ADDED });
  });

  test('a deleted file is refused', () => {
    assert.match(
      reasonOf(readFileEdits('*** Begin Patch\n*** Delete File: src/add.ts\n*** End Patch', FILES)),
      /deletes src\/add\.ts/,
    );
  });
});

describe('whole files', () => {
  test('with their paths in the text or in the fence', () => {
    const answer = `**src/add.ts**\n\n\`\`\`ts\n${ADDED.join('\n')}\n\`\`\`\n\n\`\`\`ts src/use.ts\n${USED.join('\n')}\n\`\`\`\n\nRun it:\n\`\`\`bash\nnode src/use.ts\n\`\`\`\n`;
    assert.deepEqual(linesOf(readFileEdits(answer, FILES)), { 'src/add.ts': ADDED, 'src/use.ts': USED });
  });

  test('a part of a file is refused', () => {
    const long = {
      ...ADD,
      lines: [
        ...ADD.lines,
        ...Array.from({ length: 20 }, (_, index) => `export const value${index} = ${index};`),
      ],
    };
    const answer =
      '`src/add.ts`:\n```ts\nexport function add(a: number, b: number) {\n  return a + b;\n}\n```';
    assert.match(reasonOf(readFileEdits(answer, [long, USE])), /part of src\/add\.ts/);
  });

  test('a new file outside of the folder is refused', () => {
    for (const path of ['../evil.ts', '/etc/passwd.ts', 'a/../../b.ts'])
      assert.equal(readFileEdits(`File: ${path}\n\`\`\`ts\nx\n\`\`\``, FILES).kind, 'refused', path);
  });

  test('blocks without paths are refused, unless there is one file', () => {
    const answer = `\`\`\`ts\n${ADDED.join('\n')}\n\`\`\``;
    assert.match(reasonOf(readFileEdits(answer, FILES)), /which files/);
    assert.deepEqual(linesOf(readFileEdits(answer, [ADD])), { 'src/add.ts': ADDED });
  });

  test('prose and nothing are refused', () => {
    assert.equal(readFileEdits('I would rename the function.', FILES).kind, 'refused');
    assert.equal(readFileEdits('', FILES).kind, 'refused');
  });
});
