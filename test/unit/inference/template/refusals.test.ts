/** Templates that refuse a conversation, leave a part of it out, or cannot be used at all. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ChatMessage } from '../../../../src/inference/index.ts';
import {
  createChatTemplate,
  promptBos,
  type RenderOptions,
} from '../../../../src/inference/template/index.ts';
import { readTemplate } from '../../../support/conversations.ts';

const CHATML_MARKS = ['<|im_start|>', '<|im_end|>'];

function render(
  template: string,
  options: RenderOptions | readonly ChatMessage[],
  specialTexts: readonly string[] = [],
) {
  const source = { template, bosToken: '<s>', eosToken: '</s>', specialTexts };
  return createChatTemplate(source).render('messages' in options ? options : { messages: options });
}

const user = (content: string): ChatMessage => ({ role: 'user', content });
const assistant = (content: string): ChatMessage => ({ role: 'assistant', content });
const system = (content: string): ChatMessage => ({ role: 'system', content });

/** Names and texts, and a refusal. */
function strict(condition: string): string {
  return (
    `{% if ${condition} %}{{ raise_exception('Not so.') }}{% endif %}` +
    '{% for m in messages %}{{ m.role }}:{{ m.content }};{% endfor %}'
  );
}

describe('a template without a system role', () => {
  for (const [what, source] of Object.entries({
    'that refuses it': strict("messages[0].role == 'system'"),
    'that leaves it out':
      "{% for m in messages %}{% if m.role != 'system' %}{{ m.role }}:{{ m.content }};{% endif %}{% endfor %}",
  })) {
    test(`${what}: instructions begin the first message`, () => {
      const { text, notes } = render(source, [system('S'), user('U'), assistant('A'), user('V')]);
      assert.equal(text, 'user:S\nU;assistant:A;user:V;');
      assert.equal(notes.length, 1);
      assert.match(notes[0] ?? '', /instructions/);
    });
  }

  test('instructions alone become a message, and empty ones nothing', () => {
    const source = strict("messages[0].role == 'system'");
    assert.equal(render(source, [system('S')]).text, 'user:S;');
    assert.equal(render(source, [system(''), user('U')]).text, 'user:U;');
  });
});

describe('a template that wants turns to alternate', () => {
  const gemma = readTemplate('gemma-3');
  const turn = (role: string, content: string): string => `<start_of_turn>${role}\n${content}<end_of_turn>\n`;
  const cases: readonly (readonly [string, readonly ChatMessage[], string])[] = [
    ['joins the user', [user('A'), user('B')], turn('user', 'A\n\nB')],
    [
      'joins the assistant',
      [user('A'), assistant('B'), assistant('C'), user('D')],
      turn('user', 'A') + turn('model', 'B\n\nC') + turn('user', 'D'),
    ],
    [
      'gets an empty message first',
      [assistant('A'), user('B')],
      turn('user', '') + turn('model', 'A') + turn('user', 'B'),
    ],
  ];
  for (const [what, messages, expected] of cases) {
    test(what, () => {
      const { text, notes } = render(gemma, messages);
      assert.equal(text, `<s>${expected}<start_of_turn>model\n`);
      assert.ok(notes.length > 0);
    });
  }
});

test('late instructions move to the start of a template that refuses them elsewhere', () => {
  const source = strict("messages | selectattr('role', 'equalto', 'system') | list | length > 1");
  const { text, notes } = render(source, [system('S'), user('A'), system('T'), user('B')]);
  assert.equal(text, 'system:S\n\nT;user:A;user:B;');
  assert.match(notes[0] ?? '', /rules for who speaks/);
});

describe('a conversation', () => {
  test('without a message', () => {
    assert.equal(render(readTemplate('chatml'), []).text, '<|im_start|>assistant\n');
    assert.ok(render(readTemplate('llama-3'), []).text.endsWith('assistant<|end_header_id|>\n\n'));
  });

  test('of instructions alone', () => {
    const { text } = render(readTemplate('gemma-3'), [system('S')]);
    assert.ok(text.includes('S'), text);
  });

  test('that ends with an answer that is over', () => {
    const { text } = render(readTemplate('chatml'), [user('A'), assistant('B')]);
    assert.ok(text.endsWith('B<|im_end|>\n<|im_start|>assistant\n'));
  });

  test('that is continued although the user has the last word', () => {
    const options = { messages: [user('A')], continueLast: true };
    assert.equal(
      render(readTemplate('chatml'), options).text,
      render(readTemplate('chatml'), [user('A')]).text,
    );
  });

  test('that is continued after an end that some templates write without an answer to come', () => {
    const source =
      '{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% else %}<|endoftext|>{% endif %}';
    const { text } = render(source, { messages: [user('A'), assistant('B')], continueLast: true });
    assert.equal(text, '<|user|>A<|end|><|assistant|>B');
  });

  test('with pictures', () => {
    const images = [{ mediaType: 'image/png', bytes: new Uint8Array(3) }];
    const { text, notes } = render(readTemplate('chatml'), [{ role: 'user', content: 'A', images }]);
    assert.match(text, /user\nA</);
    assert.match(notes[0] ?? '', /pictures/);
  });
});

describe('calls of tools', () => {
  test('get ids of nine characters if the template demands them', () => {
    const call = { id: 'call_with_a_long_id', name: 'f', arguments: {} };
    const messages: ChatMessage[] = [
      user('A'),
      { role: 'assistant', content: '', toolCalls: [call] },
      { role: 'tool', callId: call.id, content: '1' },
    ];
    const { text, notes } = render(readTemplate('mistral'), { messages, tools: [{ name: 'f' }] });
    assert.ok(
      text.includes('"id": "call00001"}]</s>[TOOL_RESULTS]{"content": 1, "call_id": "call00001"}'),
      text,
    );
    assert.deepEqual(notes, []);
  });

  test('are objects or JSON, as the template takes them', () => {
    const messages: ChatMessage[] = [
      user('A'),
      { role: 'assistant', content: '', toolCalls: [{ id: '1', name: 'f', arguments: { a: 'b' } }] },
    ];
    const source =
      '{% for m in messages %}{% for c in m.tool_calls or [] %}{{ c.function.name + c.function.arguments }}{% endfor %}{{ m.content }}{% endfor %}';
    assert.equal(render(source, messages).text, 'Af{"a":"b"}');
    const ofObjects = source.replace('c.function.arguments', '(c.function.arguments | items | first | last)');
    assert.equal(render(ofObjects, messages).text, 'Afb');
  });
});

describe('a template that cannot be used', () => {
  const broken: readonly (readonly [string, string, RegExp])[] = [
    ['that is none', '{% for x in ', /not understood/],
    ['that always refuses', "{{ raise_exception('Never.') }}", /Never\./],
    ['that uses what nobody knows', '{{ messages | frobnicate }}', /not understood/],
    ['that is too large', ' '.repeat(300_000), /time or memory/],
  ];
  for (const [what, source, reason] of broken) {
    test(`${what} is replaced by ChatML if its marks are tokens`, () => {
      const { text, notes } = render(`${source}{{ 1 }}`, [system('S'), user('U')], CHATML_MARKS);
      assert.equal(
        text,
        '<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\n',
      );
      assert.equal(notes.length, 1);
      assert.match(notes[0] ?? '', reason);
    });
  }

  test('is replaced by names and texts without such marks', () => {
    const { text } = render('{% for', [system('S'), user('U'), assistant('A'), user('V')]);
    assert.equal(text, 'S\n\nUser: U\n\nAssistant: A\n\nUser: V\n\nAssistant:');
  });

  test('is replaced by a text that a returning answer begins as it was generated: with one space', () => {
    const before = render('', [user('U')]).text;
    const generated = ' A\n';
    const { text } = render('', [user('U'), assistant(generated), user('V')]);
    assert.ok(text.startsWith(`${before}${generated.trimEnd()}`), text);
  });

  test('is missing: the model was not tuned for chat', () => {
    const { text, notes } = render('', [user('U')]);
    assert.equal(text, 'User: U\n\nAssistant:');
    assert.match(notes[0] ?? '', /not tuned for chat/);
  });

  test('is a number, as a file may have it', () => {
    const { notes } = render(5 as unknown as string, [user('U')]);
    assert.match(notes[0] ?? '', /not tuned for chat/);
  });

  test('is replaced for the one conversation that it refuses whatever is changed', () => {
    const source = strict("'secret' in messages[-1].content");
    assert.match(render(source, [user('A')]).text, /^user:A;/);
    assert.match(render(source, [user('secret')], CHATML_MARKS).text, /^<\|im_start\|>user\nsecret</);
  });
});

test('a BOS token is put first only if it is wanted and not there', () => {
  const bosToken = '<s>';
  assert.equal(promptBos('hi', { addBos: true, bosToken }), true);
  assert.equal(promptBos('<s>hi', { addBos: true, bosToken }), false);
  assert.equal(promptBos('hi', { addBos: false, bosToken }), false);
  assert.equal(promptBos('hi', { addBos: true, bosToken: '' }), true);
});

describe('instructions behind other messages', () => {
  for (const family of ['gpt-oss', 'smollm-3'])
    test(`are not lost with the template of ${family}`, () => {
      const template = createChatTemplate({
        template: readTemplate(family),
        bosToken: '',
        eosToken: '',
        specialTexts: [],
      });
      const { text, notes } = template.render({
        messages: [
          { role: 'user', content: 'First' },
          { role: 'assistant', content: 'Second' },
          { role: 'system', content: 'Answer in rhymes.' },
          { role: 'user', content: 'Third' },
        ],
      });
      assert.equal(text.split('Answer in rhymes.').length, 2);
      assert.equal(notes.length, 1);
    });
});
