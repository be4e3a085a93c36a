/** Next edits through llama.cpp: marks are single tokens, the answer ends where the model ends it, and is read exactly. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { EditHistory } from '../../src/assist/index.ts';
import { type EditedPlace, nextEditFormat, requestNextEdit } from '../../src/assist/nextEdit/index.ts';
import { file } from '../support/chat.ts';
import { writeToyGguf } from '../support/toyGguf.ts';
import { createEngine, LOAD, temporaryFolder } from './support.ts';

const SWEEP = nextEditFormat('sweep-next-edit-1.5b') ?? assert.fail();
const BEFORE = 'let total = 1;\nprint(total);\nend(1);\n';
const AFTER = 'let sum = 1;\nprint(total);\nend(1);\n';

/** The place behind the new name. */
function place(before: string, after: string): EditedPlace {
  const history = new EditHistory();
  history.open('d', before);
  history.change('d', after);
  const last = history.last('d') ?? assert.fail();
  return {
    path: 'src/sum.ts',
    lines: after.split('\n'),
    cursor: { line: 0, character: 7 },
    last,
    edits: [{ path: 'src/sum.ts', ...last.edit }],
    files: [],
    undone: [],
  };
}

describe('a next edit of a model in llama.cpp', () => {
  const edits: readonly [
    what: string,
    answer: string,
    added: readonly string[] | undefined,
    removed?: string,
  ][] = [
    ['a changed line', 'let sum = 1;\nprint(sum);\nend(1);', ['print(sum);'], 'print(total);'],
    ['a line end behind it', 'let sum = 1;\nprint(sum);\nend(1);\n', ['print(sum);'], 'print(total);'],
    [
      'several lines for one',
      'let sum = 1;\nif (sum > 0) {\n  print(sum);\n}\nend(1);',
      ['if (sum > 0) {', '  print(sum);', '}'],
      'print(total);',
    ],
    [
      'umlauts and other signs',
      'let sum = 1;\nprint("Größe 😀", sum);\nend(1);',
      ['print("Größe 😀", sum);'],
      'print(total);',
    ],
    ['line ends of Windows', 'let sum = 1;\r\nprint(sum);\r\nend(1);', ['print(sum);'], 'print(total);'],
    ['nothing new', AFTER.trimEnd(), undefined],
    ['no answer', ' ', undefined],
    ['most of it gone', 'let sum = 1;', undefined],
    ['the user’s own edit taken back', 'let total = 1;\nprint(total);\nend(1);', undefined],
  ];
  for (const [what, reply, added, removed] of edits)
    test(what, async (context) => {
      const path = join(await temporaryFolder(context), 'toy.gguf');
      await writeToyGguf(path, { reply, marks: ['<|file_sep|>'], name: 'Sweep Next Edit' });
      const { engine } = createEngine(context);
      await engine.load(file(path), LOAD);
      assert.ok((await engine.marks()).includes('<|file_sep|>'));
      const ask: typeof engine.infill = (...given) => engine.infill(...given);
      const edit = await requestNextEdit(ask, SWEEP, place(BEFORE, AFTER), new AbortController().signal);
      assert.deepEqual(
        edit && { line: edit.line, added: edit.added, removed: edit.removed },
        added && { line: 1, added, removed: [removed] },
      );
    });

  test('is cut off by nobody: an answer without an end is none', async (context) => {
    const path = join(await temporaryFolder(context), 'toy.gguf');
    const lines = Array.from({ length: 400 }, (_, line) => `call${line}(${line * 7});`);
    await writeToyGguf(path, { reply: `let sum = 1;\n${lines.join('\n')}`, marks: ['<|file_sep|>'] });
    const { engine } = createEngine(context);
    await engine.load(file(path), LOAD);
    const stops: string[] = [];
    const ask: typeof engine.infill = async (...given) => {
      const result = await engine.infill(...given);
      stops.push(result.stopReason);
      return result;
    };
    const found = await requestNextEdit(ask, SWEEP, place(BEFORE, AFTER), new AbortController().signal);
    assert.deepEqual([found, stops], [undefined, ['length']]);
  });

  for (const isFirst of [true, false])
    test(`and ghost text both come if the edit is asked for ${isFirst ? 'first' : 'last'}`, async (context) => {
      const path = join(await temporaryFolder(context), 'toy.gguf');
      const reply = 'let sum = 1;\nprint(sum);\nend(1);';
      await writeToyGguf(path, { reply, infill: 'return a + b;', marks: ['<|file_sep|>'] });
      const { engine } = createEngine(context);
      await engine.load(file(path), LOAD);
      const mark = (text: string) => ({ mark: text });
      const prompt = [mark('<|fim_prefix|>'), 'a', mark('<|fim_suffix|>'), 'b', mark('<|fim_middle|>')];
      const ask: typeof engine.infill = (...given) => engine.infill(...given);
      const askForEdit = () =>
        requestNextEdit(ask, SWEEP, place(BEFORE, AFTER), new AbortController().signal);
      const early = isFirst ? askForEdit() : undefined;
      const ghost = engine.infill({ prompt });
      const edit = early ?? askForEdit();
      const { text, stopReason } = await ghost;
      assert.deepEqual([text, stopReason, (await edit)?.added], ['return a + b;', 'end', ['print(sum);']]);
    });

  test('is none if the user types on meanwhile, and the next one is asked for at once', async (context) => {
    const path = join(await temporaryFolder(context), 'toy.gguf');
    await writeToyGguf(path, { reply: 'let sum = 1;\nprint(sum);\nend(1);', marks: ['<|file_sep|>'] });
    const { engine } = createEngine(context);
    await engine.load(file(path), LOAD);
    const ask: typeof engine.infill = (...given) => engine.infill(...given);
    const typed = new AbortController();
    const first = requestNextEdit(ask, SWEEP, place(BEFORE, AFTER), typed.signal);
    typed.abort();
    const second = requestNextEdit(ask, SWEEP, place(BEFORE, AFTER), new AbortController().signal);
    assert.equal(await first, undefined);
    assert.deepEqual((await second)?.added, ['print(sum);']);
  });
});
