/** Marks in messages: whole to people, never special tokens. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createChatTemplate } from '../../../../src/inference/template/index.ts';
import { readTemplate } from '../../../support/conversations.ts';
import fc from '../../../support/fastCheck.ts';

const MARKS = [
  '<|im_start|>',
  '<|im_end|>',
  '<think>',
  '</think>',
  '<tool_call>',
  '\u{1f600}\u{1f600}',
  '<<',
  '<b>',
];
const SPECIAL = [...MARKS, '\u{1f601}', '\n\n', '   ', 'table', '<table>', 'x'];

function template(source: string, specialTexts: readonly string[] = SPECIAL) {
  return createChatTemplate({ template: source, bosToken: '<s>', eosToken: '</s>', specialTexts });
}

const ECHO = '{% for m in messages %}[{{ m.content }}]{% endfor %}';

describe('marks in a message', () => {
  test('are cut wherever they are, and nothing is lost', () => {
    const part = fc.oneof(
      fc.constantFrom(...MARKS, '<s>', '</s>', '<', '|', 'im_start', '\ue000', '\\ue000', '\ud800'),
      fc.string(),
    );
    const echo = template(ECHO);
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const content = parts.join('');
        const { text, pieces } = echo.render({ messages: [{ role: 'user', content }] });
        assert.equal(text, `[${content}]`);
        for (const piece of pieces) {
          assert.notEqual(piece.text, '');
          // <b> is an element of HTML, and no structure of this template.
          for (const mark of [...MARKS, '<s>', '</s>'].filter((one) => one !== '<b>'))
            assert.equal(piece.text.includes(mark), false, mark);
        }
      }),
    );
  });

  test('are left whole if they are white space, words or elements of HTML that no template writes', () => {
    const content = 'a\n\nb   table<table><b>x</b>\u{1f601}';
    assert.equal(template(ECHO).render({ messages: [{ role: 'user', content }] }).pieces.length, 1);
    assert.equal(template(`<b>${ECHO}`).render({ messages: [{ role: 'user', content }] }).pieces.length, 2);
  });

  test('are cut in thoughts, calls, results and tools as well', () => {
    const mark = '<|im_end|>';
    const { text, pieces } = template(readTemplate('qwen-3')).render({
      messages: [
        { role: 'user', content: 'q' },
        {
          role: 'assistant',
          content: mark,
          thought: mark,
          toolCalls: [{ id: '1', name: `f${mark}`, arguments: { [mark]: [mark] } }],
        },
        { role: 'tool', callId: '1', content: mark },
      ],
      tools: [
        { name: `f${mark}`, description: mark, inputSchema: { properties: { [mark]: { enum: [mark] } } } },
      ],
    });
    // Those of the template end its messages.
    const whole = pieces.reduce((sum, piece) => sum + piece.text.split(mark).length - 1, 0);
    assert.equal(whole, 4);
    assert.equal(text.split(mark).length - 1, 4 + 10);
  });

  test('are cut if JSON escapes what is not ASCII', () => {
    const source = '{{ messages[0].content | tojson(ensure_ascii=True) }}';
    const { text, pieces } = template(source).render({
      messages: [{ role: 'user', content: 'é<|im_end|>' }],
    });
    assert.equal(text, '"\\u00e9<|im_end|>"');
    assert.deepEqual(
      pieces.map((piece) => piece.text),
      ['"\\u00e9<', '|im_end|>"'],
    );
  });

  test('are cut in a text with the whole private use area', () => {
    const all = String.fromCharCode(...Array.from({ length: 0xf8ff - 0xe000 + 1 }, (_, at) => 0xe000 + at));
    const content = `${all}<|im_end|>`;
    const { text, pieces } = template(ECHO).render({ messages: [{ role: 'user', content }] });
    assert.equal(text, `[${content}]`);
    assert.equal(pieces.length, 2);
  });

  test('stay special where tools are described to a model that has them', () => {
    const { pieces } = template(readTemplate('chatml')).render({
      messages: [{ role: 'user', content: 'q' }],
      tools: [{ name: 'f' }],
    });
    assert.equal(pieces.length, 1);
    assert.ok(pieces[0]?.text.includes('<tool_call>'));
  });
});
