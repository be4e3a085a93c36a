/** Next edits while the user goes on: what is shown, what keys do, and what is left alone. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { silentLog } from '../../../../src/base/log.ts';
import { changeSetting, clearShown, replaceMembers, shown } from '../../../support/vscodeStub.ts';

const vscode = await import('vscode');
const { EditHistory, nextEditFormat } = await import('../../../../src/assist/index.ts');
const { NextEdits } = await import('../../../../src/vscode/nextEdit/nextEdits.ts');

type Listener = (event: unknown) => void;

const BEFORE = 'let total = 1;\nprint(total);\nend(1);\n';
const AFTER = BEFORE.replace('total', 'sum');
/** Answers with one line for one, and with several. */
const ONE = AFTER.replace('total', 'sum');
const SEVERAL = AFTER.replace('print(total);', 'if (sum) {\n  print(sum);\n}');

/** A window with a document whose lines all are visible. */
function setup(context: TestContext, answer = ONE) {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  clearShown();
  void changeSetting('editor.inlineSuggest.enabled', true);
  const listeners: Record<string, Listener> = {};
  const on = (name: string) => (listener: Listener) => {
    listeners[name] = listener;
    return { dispose: () => {} };
  };
  let text = BEFORE;
  const lines = (): string[] => text.split('\n');
  const document = {
    uri: vscode.Uri.file('/a.ts'),
    version: 1,
    isClosed: false,
    get lineCount() {
      return lines().length;
    },
    getText: () => text,
    lineAt: (line: number) => {
      const own = lines()[line] ?? assert.fail(`There is no line ${line}.`);
      return { text: own, range: new vscode.Range(line, 0, line, own.length) };
    },
  };
  const cursor = (line: number, character: number) => new vscode.Range(line, character, line, character);
  const decorations: { readonly type: unknown; readonly ranges: readonly unknown[] }[] = [];
  const editor = {
    document,
    selection: cursor(0, 7),
    selections: [cursor(0, 7)],
    visibleRanges: [new vscode.Range(0, 0, 20, 0)],
    setDecorations: (type: unknown, ranges: readonly unknown[]) => void decorations.push({ type, ranges }),
    revealRange: () => {},
    edits: [] as unknown[],
    edit: async (make: (builder: unknown) => void, options: unknown) => {
      make({ delete: (range: unknown) => editor.edits.push([range, options]) });
      return true;
    },
  };
  const applied: unknown[] = [];
  const restore = [
    replaceMembers(vscode.window, {
      activeTextEditor: editor,
      createTextEditorDecorationType: () => ({ dispose: () => {} }),
      onDidChangeActiveTextEditor: on('active'),
      onDidChangeTextEditorVisibleRanges: on('visible'),
      onDidChangeTextEditorSelection: on('selection'),
    }),
    replaceMembers(vscode.workspace, {
      onDidChangeTextDocument: on('change'),
      asRelativePath: () => 'a.ts',
      getWorkspaceFolder: () => undefined,
      applyEdit: async (edit: { readonly edits: unknown[] }) => applied.push(...edit.edits) > 0,
    }),
  ];
  context.after(() => {
    for (const one of restore) one();
  });
  const history = new EditHistory();
  history.open(document.uri.toString(), BEFORE);
  const state = { isLoaded: true, works: true };
  let follow = (): void => {};
  let item: (line: number) => { readonly insertText: unknown } | undefined = () => undefined;
  const asked: AbortSignal[] = [];
  let reply: () => void = () => {};
  const format = nextEditFormat('sweep-next-edit') ?? assert.fail();
  const source = {
    history,
    nextEditModel: () =>
      state.isLoaded
        ? {
            format,
            ask: async (_: unknown, { signal }: { readonly signal: AbortSignal }) => {
              asked.push(signal);
              await new Promise<void>((resolve) => {
                reply = resolve;
              });
              return { text: answer, stopReason: 'end' };
            },
          }
        : undefined,
    works: () => state.works,
    onDidChange: (listener: () => void) => {
      follow = listener;
      return () => {};
    },
    showInstead: (other: (document: unknown, position: unknown) => never) => {
      item = (line) => other(document, { line, character: 0 });
    },
  };
  const edits = new NextEdits(source as never, silentLog);
  context.after(() => edits.dispose());
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  /** Changes the text as a key does. */
  const type = (next: string, reason?: number): void => {
    text = next;
    document.version++;
    history.change(document.uri.toString(), next);
    const change = { range: new vscode.Range(0, 0, 0, 0), text: 'x' };
    listeners['change']?.({ document, contentChanges: [change], reason });
  };
  const answered = async (): Promise<void> => {
    reply();
    await settled();
  };
  /** The user pauses, and the model answers. */
  const pause = async (): Promise<void> => {
    context.mock.timers.tick(350);
    await settled();
    await answered();
  };
  const move = (...places: readonly (readonly [line: number, character: number])[]): void => {
    editor.selections = places.map(([line, character]) => cursor(line, character));
    editor.selection = editor.selections[0] ?? assert.fail();
    listeners['selection']?.({});
  };
  const commands = (): string[] =>
    shown.flatMap(({ name, args }) =>
      name === 'executeCommand' && String(args[0]).startsWith('editor.') ? [String(args[0])] : [],
    );
  /** The latest value of the context key that gives Tab and Escape to next edits. */
  const isShown = (): boolean =>
    shown.findLast(({ args }) => args[1] === 'ociModels.nextEditVisible')?.args[2] === true;
  const tell = (name: string): void => listeners[name]?.({});
  return {
    edits,
    editor,
    document,
    state,
    asked,
    applied,
    type,
    pause,
    answered,
    move,
    commands,
    isShown,
    tell,
    settled,
    follow: () => follow(),
    ghostAt: (line: number) => item(line),
  };
}

type Window = ReturnType<typeof setup>;

describe('a next edit', () => {
  test('is shown after a pause, and made in one step', async (context) => {
    const window = setup(context);
    window.type(AFTER);
    assert.equal(window.asked.length, 0);
    await window.pause();
    assert.equal(window.isShown(), true);
    await window.edits.accept();
    assert.deepEqual(window.applied, [[window.document.uri, new vscode.Range(1, 0, 1, 13), 'print(sum);']]);
    assert.equal(window.isShown(), false);
    await window.edits.accept();
    assert.equal(window.applied.length, 1);
  });

  /** Events between the request and the answer, after which nothing is shown. */
  const meanwhile: readonly (readonly [what: string, happen: (window: Window) => void])[] = [
    ['the user types on', ({ type }) => type(`${AFTER}x`)],
    ['the user undoes', ({ type }) => type(BEFORE, 1)],
    ['another editor is active', ({ tell }) => tell('active')],
    [
      'the text changes without an event',
      ({ document }) => {
        document.version++;
      },
    ],
    ['the window is closed', ({ edits }) => edits.dispose()],
  ];
  for (const [what, happen] of meanwhile)
    test(`is not shown if ${what} meanwhile`, async (context) => {
      const window = setup(context);
      window.type(AFTER);
      context.mock.timers.tick(350);
      await window.settled();
      assert.equal(window.asked.length, 1);
      happen(window);
      await window.answered();
      assert.equal(window.isShown(), false);
      await window.edits.accept();
      assert.deepEqual(window.applied, []);
    });

  /** Events that take away an edit that is shown. */
  const gone: readonly (readonly [what: string, happen: (window: Window) => void])[] = [
    ['the user types', ({ type }) => type(`${AFTER}x`)],
    ['the user undoes', ({ type }) => type(BEFORE, 1)],
    ['another editor is active', ({ tell }) => tell('active')],
    ['the user rejects it', ({ edits }) => edits.reject()],
    [
      'completions pause',
      ({ state, follow }) => {
        state.works = false;
        follow();
      },
    ],
  ];
  for (const [what, happen] of gone)
    test(`goes if ${what}`, async (context) => {
      const window = setup(context);
      window.type(AFTER);
      await window.pause();
      assert.equal(window.isShown(), true);
      happen(window);
      assert.equal(window.isShown(), false);
      await window.edits.accept();
      assert.deepEqual(window.applied, []);
    });

  test('that was rejected does not come again', async (context) => {
    const window = setup(context);
    window.type(AFTER);
    await window.pause();
    window.edits.reject();
    window.type(`${AFTER} `);
    window.type(AFTER);
    await window.pause();
    assert.equal(window.asked.length, 2);
    assert.equal(window.isShown(), false);
  });

  test('is not asked for while the text is as it was, in what is left alone, or in a closed document', async (context) => {
    const window = setup(context);
    const cases: readonly (readonly [what: string, happen: () => void])[] = [
      ['as it was', () => window.type(BEFORE)],
      ['undone', () => window.type(AFTER, 1)],
      ['left alone', () => window.type(`${AFTER} `)],
      ['closed', () => window.type(AFTER)],
    ];
    for (const [what, happen] of cases) {
      window.state.works = what !== 'left alone';
      happen();
      window.document.isClosed = what === 'closed';
      await window.pause();
      assert.equal(window.asked.length, 0, what);
    }
  });

  test('of the edit that had the model loaded comes once it is', async (context) => {
    const window = setup(context);
    window.state.isLoaded = false;
    window.type(AFTER);
    await window.pause();
    window.follow();
    assert.equal(window.asked.length, 0);
    window.state.isLoaded = true;
    window.follow();
    window.follow();
    await window.pause();
    assert.equal(window.asked.length, 1);
    assert.equal(window.isShown(), true);
  });
});

describe('a next edit of several lines', () => {
  async function several(context: TestContext): Promise<Window> {
    const window = setup(context, SEVERAL);
    window.type(AFTER);
    await window.pause();
    assert.equal(window.isShown(), true);
    assert.equal(window.ghostAt(1), undefined);
    await window.edits.accept();
    assert.deepEqual([window.editor.selection.end.line, window.editor.selection.end.character], [1, 13]);
    assert.deepEqual(window.commands(), [
      'editor.action.inlineSuggest.hide',
      'editor.action.inlineSuggest.trigger',
    ]);
    window.move([1, 13]);
    return window;
  }

  test('is ghost text at its place alone, after the first key', async (context) => {
    const window = await several(context);
    assert.equal(window.ghostAt(1)?.insertText, 'print(total);\nif (sum) {\n  print(sum);\n}');
    assert.equal(window.ghostAt(0), undefined);
    assert.deepEqual(window.applied, []);
  });

  test('takes the old lines away when it was taken, and only then', async (context) => {
    const window = await several(context);
    await window.edits.finish();
    window.ghostAt(1);
    await window.edits.finish();
    assert.deepEqual(window.editor.edits, []);
    window.ghostAt(1);
    window.type('let sum = 1;\nprint(total);\nif (sum) {\n  print(sum);\n}\nend(1);\n');
    await window.edits.finish();
    const options = { undoStopBefore: false, undoStopAfter: true };
    assert.deepEqual(window.editor.edits, [[new vscode.Range(1, 0, 2, 0), options]]);
    await window.edits.finish();
    assert.equal(window.editor.edits.length, 1);
  });

  const away: readonly (readonly [what: string, places: readonly (readonly [number, number])[]])[] = [
    ['the cursor is elsewhere', [[2, 0]]],
    [
      'there are more cursors',
      [
        [1, 13],
        [2, 0],
      ],
    ],
  ];
  for (const [what, places] of away)
    test(`is no ghost text while ${what}, and can be gone to again`, async (context) => {
      const window = await several(context);
      window.move(...places);
      assert.equal(window.ghostAt(1), undefined);
      assert.equal(window.commands().at(-1), 'editor.action.inlineSuggest.hide');
      assert.equal(window.isShown(), true);
      await window.edits.accept();
      assert.ok(window.ghostAt(1));
    });

  test('stands in the line if its ghost text was hidden, or the editor shows none', async (context) => {
    const window = await several(context);
    await window.edits.accept();
    assert.deepEqual(window.applied, []);
    assert.equal(window.ghostAt(1), undefined);
    await window.edits.accept();
    assert.equal(window.applied.length, 1);
  });
});
