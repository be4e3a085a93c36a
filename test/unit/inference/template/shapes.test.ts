/** Shapes in which templates want messages, and openings of answers that are continued, in small. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ChatMessage } from '../../../../src/inference/index.ts';
import { createChatTemplate, type RenderOptions } from '../../../../src/inference/template/index.ts';

function render(template: string, options: RenderOptions): { text: string; thoughtOpen: boolean } {
  const source = { template, bosToken: '', eosToken: '', specialTexts: [] };
  const { text, thoughtOpen, notes } = createChatTemplate(source).render(options);
  assert.deepEqual(notes, []);
  return { text, thoughtOpen };
}

const THOUGHT: readonly ChatMessage[] = [
  { role: 'user', content: 'Q' },
  { role: 'assistant', content: 'A', thought: 'T' },
  { role: 'user', content: 'R' },
];

describe('thoughts of earlier answers', () => {
  test('are parts of the content', () => {
    const template =
      '{# [SYSTEM_PROMPT] [TOOL_CALLS] [ARGS] #}{% for m in messages %}{% if m.content is string %}{{ m.content }}' +
      "{% else %}{% for p in m.content %}{{ '[THINK]' + p.thinking + '[/THINK]' if p.type == 'thinking' else p.text }}" +
      '{% endfor %}{% endif %}{% endfor %}';
    assert.equal(render(template, { messages: THOUGHT }).text, 'Q[THINK]T[/THINK]AR');
  });

  test('are in a field of another name', () => {
    const template = '{% for message in messages %}{{ message.thinking }}{{ message.content }}{% endfor %}';
    assert.equal(render(template, { messages: THOUGHT }).text, 'QTAR');
  });
});

test('contents are parts if the template takes nothing else', () => {
  const template = '{% for m in messages %}{% for p in m.content %}{{ p.text }}{% endfor %};{% endfor %}';
  assert.equal(render(template, { messages: [{ role: 'user', content: 'Q' }] }).text, 'Q;');
});

test('results are parts of the answer with the calls, and so is the text behind them', () => {
  const template =
    "{# '<|tool_call>call:' #}{% for m in messages %}{{ m.role }}:{% for c in m.tool_calls or [] %}" +
    '{{ c.function.name }}({{ c.function.arguments | tojson }}){% endfor %}' +
    '{% for r in m.tool_responses or [] %}={{ r.name }}={{ r.response | tojson }}{% endfor %}' +
    '{{ m.content }};{% endfor %}';
  const call = (id: string) => ({ id, name: `f${id}`, arguments: { a: 1 } });
  const messages: readonly ChatMessage[] = [
    { role: 'user', content: 'Q' },
    { role: 'assistant', content: '', toolCalls: [call('1'), call('2')] },
    { role: 'tool', callId: '1', content: '{"x": 1}' },
    { role: 'tool', callId: '2', content: 'text' },
    { role: 'assistant', content: 'A' },
    { role: 'user', content: 'R' },
    { role: 'assistant', content: '', toolCalls: [call('3')] },
    { role: 'tool', callId: '3', content: '3' },
  ];
  assert.equal(
    render(template, { messages }).text,
    'user:Q;assistant:f1({"a": 1})f2({"a": 1})=f1={"x": 1}=f2="text"A;user:R;assistant:f3({"a": 1})=f3=3;',
  );
});

describe('thoughts that nobody asked for or against', () => {
  const ECHO = "{% for m in messages %}{{ m.content }}{% endfor %}{{ 'on' if enable_thinking else 'off' }}";

  test('are on if the template writes them in a known form', () => {
    const messages = [{ role: 'user', content: 'Q' }] as const;
    assert.equal(render(`{# </think> #}${ECHO}`, { messages }).text, 'Qon');
    assert.equal(render(`{# <|inner_prefix|> #}${ECHO}`, { messages }).text, 'Qoff');
    assert.equal(render(`{# <|inner_prefix|> #}${ECHO}`, { messages, thinking: true }).text, 'Qon');
    assert.equal(render(`{# </think> #}${ECHO}`, { messages, thinking: false }).text, 'Qoff');
  });
});

describe('an answer that is continued', () => {
  const TURNS = '{% for m in messages %}{{ m.role }}:{{ m.content }};{% endfor %}';
  const opening = (on: string, off: string): string =>
    `${TURNS}{% if add_generation_prompt %}A:{{ ${JSON.stringify(on)} if enable_thinking else ${JSON.stringify(off)} }}{% endif %}`;
  const continued = (template: string, content: string, thought?: string) =>
    render(template, {
      messages: [
        { role: 'user', content: 'Q' },
        { role: 'assistant', content, thought },
      ],
      continueLast: true,
    });

  const cases: readonly (readonly [what: string, template: string, text: string, withThought: string])[] = [
    [
      'begins behind an empty thought, as the template writes it',
      opening('', '<think>\n\n</think>\n\n'),
      'A:<think>\n\n</think>\n\nX',
      'A:<think>\nT\n</think>\n\nX',
    ],
    [
      'begins behind the mark that closes a thought',
      opening('<think>', '</think>'),
      'A:</think>X',
      'A:<think>\nT\n</think>X',
    ],
    [
      'closes a thought that the template always opens',
      opening('<think>\n', '<think>\n'),
      'A:<think>\n\n</think>\n\nX',
      'A:<think>\nT\n</think>\n\nX',
    ],
    [
      'closes a thought that the template opens even if no answer is to come',
      `{# </think> #}${TURNS}A: <think>`,
      'A: <think>\n\n</think>\n\nX',
      'A: <think>\nT\n</think>\n\nX',
    ],
    ['begins at once in a template without thoughts', opening('', ''), 'A:X', 'A:X'],
  ];
  for (const [what, template, text, withThought] of cases) {
    test(what, () => {
      assert.deepEqual(continued(template, 'X'), { text: `user:Q;${text}`, thoughtOpen: false });
      assert.deepEqual(continued(template, 'X', 'T'), { text: `user:Q;${withThought}`, thoughtOpen: false });
    });
  }

  test('goes on with a thought', () => {
    const { text, thoughtOpen } = continued(opening('<think>\n', '</think>'), '', 'T');
    assert.equal(text, 'user:Q;A:<think>\nT');
    assert.equal(thoughtOpen, true);
  });

  test('is empty', () => {
    const { text, thoughtOpen } = continued(opening('<think>\n', '</think>'), '');
    assert.equal(text, 'user:Q;A:<think>\n');
    assert.equal(thoughtOpen, true);
  });
});
