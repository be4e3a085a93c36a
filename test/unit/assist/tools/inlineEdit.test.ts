import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import {
  type InlinePlace,
  type InlineRequest,
  inlinePlace,
  type OpenFile,
  readInlineRequest,
  replaceCall,
} from '../../../../src/assist/index.ts';
import type { ChatMessage } from '../../../../src/inference/index.ts';
import fc from '../../../support/fastCheck.ts';

interface Recorded {
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly string[];
}

const RECORDED: Readonly<Record<string, Recorded>> = JSON.parse(
  readFileSync(new URL('../../../fixtures/vscodeChat/inlineChat.json', import.meta.url), 'utf8'),
);

function recorded(name: string): Recorded {
  return RECORDED[name] ?? assert.fail(name);
}

function read(name: string): InlineRequest {
  const { messages, tools } = recorded(name);
  return (
    readInlineRequest(
      messages,
      tools.map((tool) => ({ name: tool })),
    ) ?? assert.fail(name)
  );
}

async function placeOf(request: InlineRequest, open?: OpenFile): Promise<InlinePlace> {
  const place = await inlinePlace(request, open);
  return 'reason' in place ? assert.fail(place.reason) : place;
}

function changed({ lines, first, last }: InlinePlace): readonly string[] {
  return lines.slice(first, last + 1);
}

/** Does what VS Code's tool does: replaces a text that occurs just once. */
function applied(request: InlineRequest, place: InlinePlace, fresh: readonly string[]): string {
  const { oldString, newString, filePath } = replaceCall(request, place, fresh).arguments;
  const text = place.lines.join(request.eol);
  assert.equal(filePath, request.path);
  if (text === '') assert.equal(oldString, '');
  else assert.equal(text.split(oldString).length, 2, `“${oldString}” is there once`);
  return text.replace(oldString, () => newString);
}

describe('requests of inline chat, as VS Code made them', () => {
  test('a selected line has its indentation, which VS Code trims off', async () => {
    const request = read('line');
    assert.equal(request.selection, 'return a + b;');
    assert.equal(request.instruction, 'Fix the bug.');
    const place = await placeOf(request);
    assert.deepEqual(changed(place), ['  return a + b;']);
    const text = applied(request, place, ['  return a - b;']);
    assert.match(text, /number \{\n {2}return a - b;\n\}\n\nexport function greet/);
  });

  test('several lines', async () => {
    const place = await placeOf(read('function'));
    assert.deepEqual([place.first, place.last], [7, 9]);
  });

  test('a cursor stands for the function around it', async () => {
    const place = await placeOf(read('cursor'));
    assert.deepEqual([place.first, place.last], [7, 9]);
  });

  test('a cursor in an empty line stands for a place for new lines', async () => {
    const request = read('blankLine');
    const place = await placeOf(request);
    assert.deepEqual(changed(place), ['']);
    const text = applied(request, place, ['', 'export const one = 1;', '']);
    assert.match(text, /a \+ b;\n\}\n\nexport const one = 1;\n\nexport function greet/);
  });

  test('an empty file', async () => {
    const request = read('empty');
    const place = await placeOf(request);
    assert.equal(applied(request, place, ['export const one = 1;']), 'export const one = 1;');
  });

  test('line ends stay those of the file', async () => {
    const request = read('crlf');
    assert.equal(request.eol, '\r\n');
    const text = applied(request, await placeOf(request), ['  return a - b;', '  // end']);
    assert.match(text, /\{\r\n {2}return a - b;\r\n {2}\/\/ end\r\n\}/);
  });

  test('fences within a file', async () => {
    const request = read('markdown');
    assert.deepEqual(request.lines.slice(2, 5), ['```ts', 'const a = 1;', '```']);
    assert.deepEqual(changed(await placeOf(request)), ['Text with `code`.']);
  });

  test('a part of a long file, whose first line is trimmed', async () => {
    const request = read('cropped');
    assert.deepEqual([request.isWhole, request.start, request.lines.length], [false, 174, 53]);
    assert.deepEqual(changed(await placeOf(request)), [
      'def f200(x):',
      '    y201 = x + 201',
      '    y202 = x + 202',
    ]);
    const first = { ...request, selection: 'y174 = x + 174' };
    assert.ok(
      'reason' in (await inlinePlace(first, undefined)),
      'the indentation of the first line is not known',
    );
    const lines = [...Array.from({ length: 174 }, () => '# above'), ...request.lines];
    lines[174] = '    y174 = x + 174';
    const open = { languageId: 'python', indentation: '    ', lines, selected: [174, 174] as const };
    assert.deepEqual(changed(await placeOf(first, open)), ['    y174 = x + 174']);
  });

  test('the file in the editor tells which of several equal lines are meant', async () => {
    const lines = ['a:', '  same();', 'b:', '  same();'];
    const request = { ...read('line'), lines, selection: 'same();' };
    assert.ok('reason' in (await inlinePlace(request, undefined)));
    const open = { languageId: 'python', indentation: '  ', lines, selected: [3, 3] as const };
    const place = await placeOf(request, open);
    assert.deepEqual([place.first, place.last], [3, 3]);
    assert.equal(applied(request, place, ['  other();']), 'a:\n  same();\nb:\n  other();');
    const other = { ...open, lines: ['x', ...lines] };
    assert.ok('reason' in (await inlinePlace(request, other)), 'another state of the file says nothing');
  });

  test('other requests, and those whose tool was called, are not read', () => {
    const { messages, tools } = recorded('line');
    const definitions = tools.map((name) => ({ name }));
    assert.equal(readInlineRequest(messages, []), undefined);
    assert.equal(readInlineRequest(messages, [...definitions, { name: 'run_in_terminal' }]), undefined);
    const call = { id: '1', name: 'replace_string_in_file', arguments: {} };
    const called: ChatMessage[] = [
      ...messages,
      { role: 'assistant', content: '', toolCalls: [call] },
      { role: 'tool', content: 'Could not find matching text', callId: '1' },
    ];
    assert.equal(readInlineRequest(called, definitions), undefined);
  });
});

describe('the call', () => {
  test('matches just once and changes nothing but its lines, whatever repeats itself', () => {
    const line = fc.constantFrom('', '  a();', 'b', '}', '    a();', 'b b');
    const facts = fc.record({
      lines: fc.array(line, { minLength: 1, maxLength: 12 }),
      fresh: fc.array(line, { maxLength: 4 }),
      range: fc.tuple(fc.nat(11), fc.nat(11)),
      eol: fc.constantFrom('\n' as const, '\r\n' as const),
    });
    fc.assert(
      fc.property(facts, ({ lines, fresh, range, eol }) => {
        const [first = 0, last = 0] = range.map((at) => at % lines.length).sort((a, b) => a - b);
        const request = { ...read('line'), eol };
        const place = { lines, first, last, languageId: 'typescript', indentation: '  ' };
        const want = [...lines.slice(0, first), ...fresh, ...lines.slice(last + 1)].join(eol);
        const { oldString } = replaceCall(request, place, fresh).arguments;
        // A file without any text has nothing that can be replaced but itself.
        if (oldString !== '') assert.equal(applied(request, place, fresh), want);
      }),
    );
  });
});
