/** Each command of `@local`: what the model is asked, and what becomes of its answer. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { isModelError } from '../../../../src/base/error.ts';
import { clearEditor, document, editor, open, Range, Uri } from '../../../support/chatStub.ts';
import { answers, clearShown, shown } from '../../../support/vscodeStub.ts';
import { chatRoom, lastChat } from './support.ts';

const CODE = [
  'export function add(a: number, b: number): number {',
  '  return a - b;',
  '}',
  '',
  'export const two = add(1, 1);',
].join('\n');
const MATH = document('/project/src/math.ts', CODE);
const SELECTED = `Selected code, src/math.ts, line 2:\n\`\`\`typescript\n  return a - b;\n\`\`\``;
const AROUND = `File around it: src/math.ts:\n\`\`\`typescript\n${CODE}\n\`\`\``;
const FUNCTION = `Selected code, src/math.ts, lines 1 to 3:\n\`\`\`typescript\n${CODE.split('\n').slice(0, 3).join('\n')}\n\`\`\``;

const SCRIPT = { answer: [{ type: 'text', text: 'It adds.' }], contextTokens: 2048 } as const;

/** Finds symbols as the language would. */
function withSymbols(): void {
  answers.push(() => [{ kind: 11, range: new Range(0, 0, 2, 1), children: [] }]);
}

beforeEach(() => {
  clearEditor();
  clearShown();
});

describe('the commands that a model answers', () => {
  const cases: readonly (readonly [command: string, question: RegExp])[] = [
    ['explain', /\n\nExplain briefly what this code does and how\.$/],
    ['fix', /\n\nFix this code\. Answer with the whole corrected code in one code block/],
    ['tests', /\n\nWrite unit tests for this code\. Answer with one code block\.$/],
    ['doc', /\n\nWrite a documentation comment for this code\./],
    ['review', /\n\nReview this code\. List bugs and risks/],
  ];
  for (const [command, question] of cases) {
    test(`/${command} is about the selected lines, with the file around them`, async (t) => {
      const { turn, engines } = await chatRoom(t, SCRIPT);
      open(MATH, 1, 1, 5);
      const { shown: answer, result } = await turn('', { command });
      const content = lastChat(engines).at(-1)?.content ?? '';
      assert.ok(content.startsWith(`${AROUND}\n\n${SELECTED}\n\n`), content);
      assert.match(content, question);
      assert.match(answer.text, /^It adds\.\n\n\*one/);
      assert.equal(result.metadata.command, command);
      assert.equal(answer.references.length, 1, 'the place can be opened');
    });
  }

  test('without a selection they are about the function at the cursor', async (t) => {
    const { turn, engines } = await chatRoom(t, SCRIPT);
    open(MATH, 1);
    withSymbols();
    await turn('for children', { command: 'explain' });
    const content = lastChat(engines).at(-1)?.content ?? '';
    assert.ok(content.includes(FUNCTION), content);
    assert.match(content, /does and how\.\nfor children$/);
  });

  test('/fix takes the problems at the cursor along, errors first', async (t) => {
    const { turn, engines } = await chatRoom(t, SCRIPT);
    open(MATH, 1, 1, 5);
    const problem = (line: number, severity: number, message: string) => {
      const range = new Range(line, 0, line, 1);
      editor.problems.push({ uri: MATH.uri, diagnostic: { range, severity, message, code: 7 } });
    };
    problem(1, 1, 'Odd.');
    problem(1, 0, 'Wrong\n[x](command:y).');
    problem(4, 0, 'Elsewhere.');
    problem(1, 3, 'A hint.');
    await turn('', { command: 'fix' });
    const content = lastChat(engines).at(-1)?.content ?? '';
    const lines = 'line 2: error: Wrong [x](command:y). (7)\nline 2: warning: Odd. (7)';
    assert.ok(content.includes(`Problems in src/math.ts:\n\`\`\`\n${lines}\n\`\`\`\n\n${SELECTED}`), content);
  });

  test('/review is about the changes that are not committed, unless code is selected', async (t) => {
    const { turn, engines } = await chatRoom(t, SCRIPT);
    open(MATH, 1);
    editor.changes = { staged: '', unstaged: '-a\n+b' };
    await turn('', { command: 'review' });
    assert.match(
      lastChat(engines).at(-1)?.content ?? '',
      /^Changes in project:\n```diff\n-a\n\+b\n```\n\nReview/,
    );
  });

  test('/commit is about what is staged, or all changes', async (t) => {
    const { turn, engines } = await chatRoom(t, SCRIPT);
    editor.changes = { staged: '+staged', unstaged: '+unstaged' };
    await turn('', { command: 'commit' });
    assert.match(lastChat(engines).at(-1)?.content ?? '', /\n\+staged\n```\n\nWrite a commit message/);
    editor.changes = { staged: '', unstaged: '+unstaged' };
    await turn('mention the bug', { command: 'commit' });
    assert.match(lastChat(engines).at(-1)?.content ?? '', /\n\+unstaged\n```\n\n[\s\S]*\nmention the bug$/);
  });

  test('say that there is nothing to work on', async (t) => {
    const { turn, engines } = await chatRoom(t, SCRIPT);
    const messages = {
      explain: /no code to explain\. Open a file/,
      fix: /no code to fix\. Open a file/,
      tests: /no code to test\. Open a file/,
      doc: /no code to document\. Open a file/,
      review: /nothing to review\. Select code/,
      commit: /no changes to commit\. Change a file/,
    };
    // The lines that VS Code attaches by itself are no subject.
    const references = [{ id: 'vscode.implicit.viewport', value: MATH.uri }];
    editor.documents.set(MATH.uri.path, MATH);
    for (const [command, message] of Object.entries(messages)) {
      await assert.rejects(turn('', { command, references }), (error) => {
        return isModelError(error, 'no-subject') && message.test(error.message);
      });
    }
    assert.equal(engines.length, 0, 'no model is loaded for it');
  });

  test('an attached file is the subject if nothing is selected', async (t) => {
    const { turn, engines } = await chatRoom(t, SCRIPT);
    const other = document('/project/src/other.ts', 'other();');
    open(other);
    open(MATH, 1);
    await turn('', { command: 'explain', references: [{ id: 'file', value: other.uri }] });
    const content = lastChat(engines).at(-1)?.content ?? '';
    assert.match(content, /^src\/other\.ts:\n```typescript\nother\(\);\n```\n\nExplain/);
  });
});

describe('the commands that ask no model', () => {
  /** The commands of VS Code that were run. */
  const run = (): unknown[] => shown.filter(({ name }) => name === 'executeCommand').map(({ args }) => args);

  test('/model opens the list of models, and says which one answers now', async (t) => {
    const { turn, engines } = await chatRoom(t, SCRIPT);
    answers.push('one:1');
    const { shown: answer } = await turn('', { command: 'model' });
    assert.deepEqual(run(), [['ociModels.model.select']]);
    assert.equal(answer.text, 'one\\:1 answers from now on.');
    assert.equal(engines.length, 0);
  });

  test('/pull pulls the model that is named, or asks for one', async (t) => {
    const { turn } = await chatRoom(t, SCRIPT);
    answers.push({});
    const { shown: answer } = await turn(' smollm2 ', { command: 'pull' });
    assert.equal(answer.text, 'The model is ready. Choose it with /model.');
    const { shown: none } = await turn('', { command: 'pull' });
    assert.equal(none.text, 'No model was pulled.');
    assert.deepEqual(run(), [
      ['ociModels.model.pull', 'smollm2'],
      ['ociModels.model.pull', undefined],
    ]);
  });

  test('/edit proposes the edit at the lines', async (t) => {
    const { turn } = await chatRoom(t, SCRIPT);
    await assert.rejects(turn('x', { command: 'edit' }), /no code to edit\. Open a file/);
    open(MATH, 1, 1, 5);
    const { shown: answer } = await turn('Fix the bug.', { command: 'edit' });
    assert.deepEqual(run(), [['ociModels.inlineChat.start', { instruction: 'Fix the bug.' }]]);
    assert.match(answer.text, /proposed at src\\\/math\\\.ts\\:2\. Accept or discard it there\./);
  });

  test('/edit of attached files goes through the edit of several files', async (t) => {
    const { turn } = await chatRoom(t, SCRIPT);
    open(MATH, 1, 1, 5);
    editor.folders.set('/project/src', { 'math.ts': false });
    const uri = (path: string) => Uri.file(path);
    const attached = [
      { id: 'one', value: MATH.uri },
      { id: 'two', value: uri('/project/src/other.ts') },
      { id: 'again', value: MATH.uri },
      { id: 'a folder', value: uri('/project/src') },
      { id: 'an image', value: uri('/project/logo.png') },
      { id: 'a picture', value: { mimeType: 'image/png', data: async () => new Uint8Array(8) } },
      { id: 'vscode.implicit.file', value: uri('/project/src/seen.ts') },
    ];
    const { shown: answer } = await turn('Rename it.', { command: 'edit', references: attached });
    const [[command, argument] = []] = run() as [string, { instruction: string; uris: { path: string }[] }][];
    assert.equal(command, 'ociModels.fileEdits.start');
    assert.equal(argument?.instruction, 'Rename it.');
    assert.deepEqual(
      argument?.uris.map(({ path }) => path),
      [MATH.uri.path, '/project/src/other.ts'],
    );
    assert.match(
      answer.text,
      /^Left out: src, logo\\\.png, a picture, because an edit is made of files with text\./,
    );
    assert.match(answer.text, /shown together/);
    clearShown();
    await turn('Rename it.', { command: 'edit', references: attached.slice(0, 1) });
    assert.deepEqual(
      run(),
      [['ociModels.inlineChat.start', { instruction: 'Rename it.' }]],
      'selected lines',
    );
  });

  test('leave no trace in what the model reads later', async (t) => {
    const { turn, engines } = await chatRoom(t, SCRIPT);
    answers.push('one:1');
    await turn('', { command: 'model' });
    await turn('Hello');
    assert.deepEqual(
      lastChat(engines).map(({ role }) => role),
      ['system', 'user'],
    );
  });
});

describe('what goes with a question', () => {
  test('a folder as a tree, a notebook as cells, a symbol as its lines, problems as lines', async (t) => {
    const { turn, engines } = await chatRoom(t, SCRIPT);
    open(MATH, 0);
    editor.active = undefined;
    editor.folders.set('/project/src', { 'math.ts': false, lib: true, locked: true, node_modules: true });
    editor.folders.set('/project/src/lib', { 'x.ts': false });
    editor.folders.set('/project/src/node_modules', { 'never.ts': false });
    editor.notebooks.set('/project/a.ipynb', [
      document('/project/a.ipynb', '# Title', 'markdown'),
      document('/project/a.ipynb', 'print(1)', 'python'),
    ]);
    const { Location } = await import('../../../support/chatStub.ts');
    const range = new Range(0, 0, 1, 0);
    const error = { range, severity: 0, message: 'Wrong.' };
    const references = [
      { id: 'folder', value: Uri.file('/project/src') },
      { id: 'notebook', value: Uri.file('/project/a.ipynb') },
      { id: 'symbol', value: { name: 'add', location: new Location(MATH.uri, range) } },
      { id: 'problems', value: { diagnostics: [[MATH.uri, [error]]] } },
    ];
    const { shown: answer } = await turn('Why?', { references });
    const content = lastChat(engines).at(-1)?.content ?? '';
    assert.equal(
      content,
      [
        'Files in src:\n```\nlib/\n  x.ts\nlocked/\nmath.ts\nnode_modules/\n```',
        'a.ipynb:\n```\n[Cell 1, markdown]\n# Title\n\n[Cell 2, python]\nprint(1)\n```',
        `src/math.ts:1-2:\n\`\`\`typescript\n${CODE.split('\n').slice(0, 2).join('\n')}\n\`\`\``,
        'Problems in src/math.ts:\n```\nline 1: error: Wrong.\n```',
        'Why?',
      ].join('\n\n'),
    );
    assert.equal(answer.references.length, 4);
  });

  test('what cannot be sent is said: files that are gone, tools', async (t) => {
    const { turn } = await chatRoom(t, SCRIPT);
    const { shown: answer } = await turn('Why?', {
      references: [{ id: 'gone', value: Uri.file('/project/gone.ts') }],
      toolReferences: [{ name: 'codebase' }],
    });
    const leftOut = answer.progress.filter((step) => step.startsWith('Left out'));
    assert.deepEqual(leftOut, [
      'Left out: gone\\.ts\\, which cannot be read',
      'Left out: \\#codebase\\, because \\@local runs no tools',
    ]);
  });

  test('in a workspace that is not trusted, only what the user attached or asked for', async (t) => {
    const { turn, engines } = await chatRoom(t, SCRIPT);
    open(MATH, 1, 1, 5);
    editor.isTrusted = false;
    const implicit = { id: 'vscode.implicit.selection', value: MATH.uri };
    const { shown: answer } = await turn('Why?', { references: [implicit] });
    assert.equal(lastChat(engines).at(-1)?.content, 'Why?');
    assert.match(
      answer.progress.join('\n'),
      /Left out: the open file\\, because this workspace is not trusted/,
    );
    await turn('Why now?', { references: [{ id: 'file', value: MATH.uri }] });
    assert.match(lastChat(engines).at(-1)?.content ?? '', /^src\/math\.ts:\n/);
    await turn('', { command: 'explain' });
    assert.ok(lastChat(engines).at(-1)?.content.startsWith(SELECTED), 'the user asked about these lines');
  });

  test('the selection, unless VS Code attached it', async (t) => {
    const { turn, engines } = await chatRoom(t, SCRIPT);
    open(MATH, 1, 1, 5);
    await turn('Why?');
    assert.equal(lastChat(engines).at(-1)?.content, `${SELECTED}\n\nWhy?`);
  });
});

describe('the turns of a conversation', () => {
  test('begin with exactly what was sent before, although files and selection changed', async (t) => {
    const { turn, engines } = await chatRoom(t, SCRIPT);
    open(MATH, 1, 1, 5);
    await turn('Why?', { references: [{ id: 'file', value: MATH.uri }] });
    const first = lastChat(engines);
    open(document('/project/src/math.ts', 'changed'));
    await turn('And now?');
    assert.deepEqual(lastChat(engines), [
      ...first,
      { role: 'assistant', content: 'It adds.' },
      { role: 'user', content: 'And now?' },
    ]);
  });

  test('have no remark of ours in them', async (t) => {
    const { turn, engines } = await chatRoom(t, { ...SCRIPT, stopReason: 'length' });
    const { shown: answer } = await turn('Why?');
    assert.match(answer.text, /^It adds\.\n\n\*The answer was cut off at 2 tokens\\\.\*/);
    await turn('And?');
    assert.equal(lastChat(engines).at(-2)?.content, 'It adds.');
  });

  test('go on with an answer that was cut off, by prefill', async (t) => {
    const { turn, engines } = await chatRoom(t, { ...SCRIPT, stopReason: 'length' });
    await assert.rejects(turn('', { command: 'continue' }), /no answer to continue/);
    const { shown: answer } = await turn('Why?');
    assert.deepEqual(
      answer.buttons.map(({ title, command }) => [title, command]),
      [['Continue', 'ociModels.chat.continue']],
    );
    const before = lastChat(engines);
    await turn('', { command: 'continue' });
    assert.deepEqual(lastChat(engines), [...before, { role: 'assistant', content: 'It adds.' }]);
    await turn('Thanks.');
    assert.deepEqual(lastChat(engines), [
      ...before,
      { role: 'assistant', content: 'It adds.It adds.' },
      { role: 'user', content: 'Thanks.' },
    ]);
  });

  test('say what did not fit, and include it when the user wants that', async (t) => {
    const { turn, engines, services } = await chatRoom(t, { ...SCRIPT, contextTokens: 400 });
    const long = Array.from({ length: 300 }, (_, line) => `line ${line}`).join('\n');
    editor.folders.set('/project/src', Object.fromEntries(long.split('\n').map((name) => [name, false])));
    const file = document('/project/long.ts', long.slice(0, 400));
    open(file);
    editor.active = undefined;
    const references = [
      { id: 'folder', value: Uri.file('/project/src') },
      { id: 'file', value: file.uri },
    ];
    const { shown: answer } = await turn('Why?', { references });
    assert.match(answer.text, /\n\n\*Left out\\: \d+ of 300 lines of “Files in src”\*\n\n/, 'not the file');
    const [include] = answer.buttons;
    assert.equal(include?.command, 'ociModels.chat.include');
    assert.deepEqual(services.leftOut.want(include?.arguments?.[0]), {
      ...services.leftOut.want(include?.arguments?.[0]),
      prompt: 'Why?',
      command: undefined,
    });
    await turn('Why?');
    assert.match(lastChat(engines).at(-1)?.content ?? '', /^Files in src:\n```\nline 0\n/);
  });
});
