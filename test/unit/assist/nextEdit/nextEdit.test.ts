/** Next edits: prompts to the letter, answers, and what is not shown. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EditHistory } from '../../../../src/assist/index.ts';
import {
  type AskForEdit,
  type EditedPlace,
  nextEditFormat,
  requestNextEdit,
} from '../../../../src/assist/nextEdit/index.ts';
import type { InfillRequest } from '../../../../src/inference/index.ts';

const SWEEP = nextEditFormat('sweepai/sweep-next-edit-1.5B:Q8_0') ?? assert.fail();
const ZETA = nextEditFormat('zeta-2.1:latest') ?? assert.fail();

function written(prompt: InfillRequest['prompt']): string {
  return prompt.map((part) => (typeof part === 'string' ? part : part.mark)).join('');
}

/** A document after an edit. @param after has the cursor as `|`. */
function place(before: string, after: string, more: Partial<EditedPlace> = {}): EditedPlace {
  const at = after.indexOf('|');
  const text = after.replace('|', '');
  const above = after.slice(0, at).split('\n');
  const history = new EditHistory();
  history.open('d', before);
  history.change('d', text);
  const last = history.last('d');
  return {
    path: 'src/main.rs',
    lines: text.split('\n'),
    cursor: { line: above.length - 1, character: above.at(-1)?.length ?? 0 },
    last,
    edits: last === undefined ? [] : [{ path: 'src/main.rs', ...last.edit }],
    files: [],
    undone: [],
    ...more,
  };
}

const live = (): AbortSignal => new AbortController().signal;

/** Asks with an answer that is given. */
async function next(where: EditedPlace, text: string, format = SWEEP, stopReason: 'end' | 'length' = 'end') {
  const asked: InfillRequest[] = [];
  const ask: AskForEdit = async (request) => {
    asked.push(request);
    return { text, stopReason };
  };
  return { edit: await requestNextEdit(ask, format, where, live()), asked };
}

describe('Sweep’s form', () => {
  test('is the published one', () => {
    const where = place('old window\n', 'current| window\n', {
      edits: [{ path: 'src/lib.rs', removed: ['old'], added: ['new'] }],
      files: [{ path: 'src/context.rs', text: 'context' }],
    });
    assert.equal(
      written(SWEEP.prompt(where, SWEEP.window(where))),
      [
        '<|file_sep|>src/context.rs\ncontext\n',
        '<|file_sep|>src/lib.rs.diff\noriginal:\nold\nupdated:\nnew\n',
        '<|file_sep|>original/src/main.rs\nold window\n',
        '<|file_sep|>current/src/main.rs\ncurrent window\n',
        '<|file_sep|>updated/src/main.rs\n',
      ].join(''),
    );
  });

  test('has 21 lines, and those before the edit as they were', () => {
    const before = Array.from({ length: 60 }, (_, index) => `l${index}`);
    const after = [...before.slice(0, 30), 'new|', 'more', ...before.slice(31)];
    const where = place(before.join('\n'), after.join('\n'));
    const window = SWEEP.window(where);
    assert.deepEqual(window, { start: 20, end: 41 });
    const text = written(SWEEP.prompt(where, window));
    const part = (name: string) => text.split(`<|file_sep|>${name}/src/main.rs\n`)[1]?.split('<|')[0];
    assert.equal(part('original'), `${before.slice(20, 40).join('\n')}\n`);
    assert.equal(part('current'), `${after.slice(20, 41).join('\n').replace('|', '')}\n`);
  });

  test('has three changes at most, and the middle of a long one left out', () => {
    const change = (index: number) => ({ path: `${index}`, removed: [], added: [`${index}`] });
    const long = { path: 'long', removed: Array.from({ length: 50 }, (_, index) => `r${index}`), added: [] };
    const where = place('a', 'b|', { edits: [change(1), change(2), change(3), long] });
    const text = written(SWEEP.prompt(where, SWEEP.window(where)));
    assert.deepEqual(text.match(/<\|file_sep\|>\w+\.diff/g), [
      '<|file_sep|>2.diff',
      '<|file_sep|>3.diff',
      '<|file_sep|>long.diff',
    ]);
    const body = text.split('long.diff\noriginal:\n')[1]?.split('\nupdated:')[0]?.split('\n') ?? [];
    assert.equal(body.length, 40);
    assert.deepEqual([body[0], body[19], body[20], body[21], body[39]], ['r0', 'r19', '...', 'r31', 'r49']);
  });
});

describe('Zeta 2.1’s form', () => {
  const lines = Array.from({ length: 14 }, (_, index) => (index === 7 ? '' : `l${index}`));

  test('is the published one', () => {
    const where = place(lines.join('\n'), [...lines.slice(0, 3), 'l|3', ...lines.slice(4)].join('\n'), {
      edits: [{ path: 'a/x.py', removed: ['old'], added: ['new'] }],
      files: [{ path: 'related/file.py', text: 'related' }],
    });
    assert.equal(
      written(ZETA.prompt(where, { start: 1, end: 14 })),
      [
        '<[fim-suffix]>\n',
        '<[fim-prefix]><filename>related/file.py\nrelated\n',
        '<filename>edit_history\n--- a/a/x.py\n+++ b/a/x.py\n-old\n+new\n',
        '<filename>src/main.rs\nl0\n',
        '<|marker_1|>\nl1\nl2\nl<|user_cursor|>3\nl4\nl5\nl6\n\n',
        '<|marker_2|>\nl8\nl9\nl10\nl11\nl12\nl13\n',
        '<|marker_3|>\n<[fim-middle]>',
      ].join(''),
    );
  });

  test('is answered with what stands between two markers, or with nothing', () => {
    const window = lines.slice(1);
    const all = (answer: string) => ZETA.read(answer, window)?.join(' ');
    assert.equal(
      all('<|marker_2|>\nl8\nnew<|user_cursor|>\n<|marker_3|>\n'),
      `${window.slice(0, 7).join(' ')} l8 new`,
    );
    assert.equal(all('<|marker_1|>\nx\n<|marker_2|>\ny\n<|marker_3|>'), 'x y');
    assert.equal(all('<|marker_1|>\n<|marker_2|>'), window.slice(7).join(' '));
    for (const answer of [
      'NO_EDITS',
      '',
      'x',
      '<|marker_2|>\nx\n<|marker_2|>',
      '<|marker_1|>\nx\n<|marker_9|>',
      '<|marker_1|>\nx\n<|marker_2|>\ny\n<|marker_2|>\nz\n<|marker_3|>',
      '<|marker_2|>\nx\n<|marker_1|>\ny\n<|marker_3|>',
      '<|marker_1|>\nx\n<|marker_9|>\ny\n<|marker_3|>',
      '<|marker_1|>\nx\n<|marker_0|>\ny\n<|marker_3|>',
      'before\n<|marker_1|>\nx\n<|marker_2|>',
      '<|marker_1|>\nx\n<|marker_2|>\nbehind',
    ])
      assert.equal(all(answer), undefined, answer);
  });

  test('ends a block after sixteen lines', () => {
    const many = Array.from({ length: 40 }, (_, index) => `l${index}`);
    const where = place(many.join('\n'), ['l0|x', ...many.slice(1)].join('\n'));
    const text = written(ZETA.prompt(where, { start: 0, end: 40 }));
    assert.match(text, /l15\n<\|marker_2\|>\nl16\n/);
    assert.match(text, /l31\n<\|marker_3\|>\nl32\n/);
  });
});

describe('a model for next edits', () => {
  test('is known by its name, and no other is taken for one', () => {
    const cases: readonly (readonly [names: readonly string[], format: string | undefined])[] = [
      [['coder:1', 'hf.co/sweepai/sweep-next-edit-0.5B:latest'], 'sweep'],
      [['registry.example/team/coder:1', 'coder:1', 'Sweep Next Edit 1.5B'], 'sweep'],
      [['sweep_next_edit:v2'], 'sweep'],
      [['hf.co/zed-industries/zeta-2.1-GGUF'], 'zeta-2.1'],
      [['coder:1', 'Zeta 2.1'], 'zeta-2.1'],
      [['zeta-2:latest'], undefined],
      [['zeta-2x1'], undefined],
      [['qwen2.5-coder:1.5b', 'Qwen2.5 Coder 1.5B'], undefined],
      [['sweep:1.5b', 'next-edit'], undefined],
      [[], undefined],
    ];
    for (const [names, format] of cases)
      assert.equal(nextEditFormat(...names)?.name, format, names.join(', '));
  });
});

describe('a next edit', () => {
  const BEFORE = 'let total = 1;\nprint(total);\nend(total);\n';
  const AFTER = 'let sum| = 1;\nprint(total);\nend(total);\n';

  test('is what differs between the window and the answer', async () => {
    const { edit, asked } = await next(place(BEFORE, AFTER), 'let sum = 1;\nprint(sum);\nend(total);\n');
    assert.deepEqual(edit, {
      document: 'src/main.rs',
      line: 1,
      removed: ['print(total);'],
      added: ['print(sum);'],
    });
    assert.deepEqual(asked[0]?.stop, ['<|file_sep|>', '</s>', '<|endoftext|>']);
    assert.ok((asked[0]?.maxTokens ?? 0) >= 128);
  });

  test('has the line of the document, however far the window is from its beginning', async () => {
    const above = Array.from({ length: 50 }, (_, index) => `l${index}`).join('\n');
    const where = place(`${above}\n${BEFORE}`, `${above}\n${AFTER}`);
    const window = where.lines.slice(40, 53);
    const { edit } = await next(where, `${window.join('\n').replace('print(total)', 'print(sum)')}\n`);
    assert.equal(edit?.line, 51);
  });

  test('is none if nothing differs, or the answer was cut off', async () => {
    assert.equal((await next(place(BEFORE, AFTER), AFTER.replace('|', ''))).edit, undefined);
    assert.equal((await next(place(BEFORE, AFTER), '')).edit, undefined);
    const cut = await next(place(BEFORE, AFTER), 'let sum = 1;\nprint(sum);\n', SWEEP, 'length');
    assert.equal(cut.edit, undefined);
  });

  test('is not asked for in a text with marks, and other texts with marks are left out', async () => {
    const marked = await next(place('a', '|// <|file_sep|>'), 'x');
    assert.equal(marked.asked.length, 0);
    const files = [
      { path: 'a', text: '</s>' },
      { path: 'b', text: 'kept' },
    ];
    const { asked } = await next(place('a', 'b|', { files }), 'x');
    assert.doesNotMatch(written(asked[0]?.prompt ?? []), /<\/s>/);
    assert.match(written(asked[0]?.prompt ?? []), /kept/);
  });

  test('is not shown if more than half of the window would go', async () => {
    assert.equal((await next(place(BEFORE, AFTER), 'let sum = 1;\n')).edit, undefined);
    const some = await next(place(BEFORE, AFTER), 'let sum = 1;\nprint(total);\n');
    assert.deepEqual(some.edit?.removed, ['end(total);']);
  });

  test('is not shown if it takes back the user’s own edit, or touches what was just undone', async () => {
    assert.equal((await next(place(BEFORE, AFTER), BEFORE)).edit, undefined);
    const answer = 'let sum = 1;\nprint(sum);\nend(total);\n';
    const undone = (start: number, end: number) =>
      next(place(BEFORE, AFTER, { undone: [{ start, end }] }), answer);
    assert.equal((await undone(1, 2)).edit, undefined);
    assert.equal((await undone(2, 3)).edit?.line, 1);
  });

  test('is not shown if it breaks the brackets, but may close what is open', async () => {
    const answer = (print: string) => `let sum = 1;\n${print}\nend(total);\n`;
    for (const print of ['print(sum;', 'print(sum));', 'print[sum);', 'print)sum(;'])
      assert.equal((await next(place(BEFORE, AFTER), answer(print))).edit, undefined, print);
    // Those in strings and comments do not count.
    assert.ok((await next(place(BEFORE, AFTER), answer('print("(", sum); // ['))).edit);
    const open = place('f(\n', 'f(a|\n');
    assert.deepEqual((await next(open, 'f(a)\n')).edit?.added, ['f(a)']);
    assert.equal((await next(open, 'f(a))\n')).edit, undefined);
  });

  test('is the same with line ends of any kind', async () => {
    for (const end of ['\r\n', '\r']) {
      const answer = 'let sum = 1;\nprint(sum);\nend(total);\n'.replaceAll('\n', end);
      const { edit } = await next(place(BEFORE, AFTER), answer);
      assert.deepEqual([edit?.line, edit?.removed, edit?.added], [1, ['print(total);'], ['print(sum);']]);
    }
    const zeta = '<|marker_1|>\r\nlet sum = 1;\r\nprint(sum);\r\nend(total);\r\n<|marker_2|>\r\n';
    const { edit } = await next(place(BEFORE, AFTER), zeta, ZETA);
    assert.deepEqual(edit?.added, ['print(sum);']);
  });

  test('is not shown with a mark in it', async () => {
    const answer = '<|marker_1|>\nlet sum = 1;\nprint(sum);<|marker_x|>\nend(total);\n<|marker_2|>';
    assert.equal((await next(place(BEFORE, AFTER), answer, ZETA)).edit, undefined);
  });

  test('is not shown if it repeats the window, or what stands behind it', async () => {
    const window = 'let sum = 1;\nprint(total);\nend(total);\n';
    assert.equal((await next(place(BEFORE, AFTER), window + window)).edit, undefined);
    assert.equal((await next(place(BEFORE, AFTER), window.replace('total', 'sum') + window)).edit, undefined);
    const below = Array.from({ length: 30 }, (_, line) => `line${line}();\n`);
    const where = place(BEFORE + below.join(''), AFTER + below.join(''));
    const { start, end } = SWEEP.window(where);
    const shown = where.lines.slice(start, end).map((line) => `${line}\n`);
    const beyond = where.lines.slice(end, end + 5).map((line) => `${line}\n`);
    assert.equal((await next(where, [...shown, ...beyond].join(''))).edit, undefined);
    assert.ok((await next(where, [...shown, 'one();\n', 'two();\n'].join(''))).edit);
  });

  test('is not shown if other text stands in the place of most of the window', async () => {
    const { edit } = await next(place(BEFORE, AFTER), 'once upon a;\ntime (there);\nwas some (text);\n');
    assert.equal(edit, undefined);
    // A new name in all lines is another thing.
    assert.ok((await next(place(BEFORE, AFTER), 'let sum = 1;\nprint(sum);\nend(sum);\n')).edit);
  });

  test('is none once nobody waits for it', async () => {
    const controller = new AbortController();
    const ask: AskForEdit = async () => {
      controller.abort();
      return { text: 'x', stopReason: 'end' };
    };
    assert.equal(await requestNextEdit(ask, SWEEP, place(BEFORE, AFTER), controller.signal), undefined);
  });
});
