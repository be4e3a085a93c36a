/** The dialect of chat templates, and the bounds of those that mean harm. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createChatTemplate } from '../../../../src/inference/template/index.ts';
import { readTemplate } from '../../../support/conversations.ts';

function render(template: string, content = 'hi'): string {
  // Templates that leave the message out would be taken for refusing it.
  const source = { template, bosToken: '<s>', eosToken: '</s>', specialTexts: [] };
  const { text, notes } = createChatTemplate(source).render({
    messages: [{ role: 'user', content }],
    now: new Date(2026, 0, 5),
  });
  assert.deepEqual(notes, []);
  return text;
}

describe('what templates use', () => {
  /** As Python's jinja2 renders it, unless llama.cpp does something else. */
  const cases: readonly (readonly [template: string, expected: string])[] = [
    ["{{ '\\n a \\n'.strip('\\n') }}|", ' a |'],
    ["{{ '  a '.lstrip() ~ '|' ~ ' a  '.rstrip() ~ '|' ~ '\\ta\\n'|trim }}", 'a | a|a'],
    ["{{ 'a</think>b</think>c'.split('</think>')[-1] }}", 'c'],
    [
      "{{ 'a b  c'.split() | join('-') }}{{ 'a,b,c'.split(',', 1)[1] }}{{ 'a,b,c'.rsplit(',', 1)[0] }}",
      'a-b-cb,ca,b',
    ],
    ["{{ 'abc'.startswith('ab') and 'abc'.endswith('bc') }}", 'True'],
    [
      "{{ 'aXbX'.replace('X', '-') }}{{ 'aXbX'.replace('X', '-', 1) }}{{ 'aXbX'|replace('X', '') }}",
      'a-b-a-bXab',
    ],
    [
      "{{ 'abcdef'[1:3] }}{{ 'abcdef'[:-2] }}{{ 'abcdef'[-2:] }}{{ 'abc'[::-1] }}{{ '👋🏽é'[1:] }}",
      'bcabcdefcba🏽é',
    ],
    [
      '{% for i in range(3) %}{{ loop.index0 }}{{ loop.last }}{% if not loop.last %},{% endif %}{% endfor %}',
      '0False,1False,2True',
    ],
    [
      '{% set ns = namespace(n=0) %}{% for i in [1, 2] %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}',
      '3',
    ],
    ["{{ {'a': [1, 2.0, true, none, 'é\"']} | tojson }}", '{"a": [1, 2.0, true, null, "é\\""]}'],
    ["{{ {'b': [1], 'a': {}} | tojson(indent=2) }}", '{\n  "b": [\n    1\n  ],\n  "a": {}\n}'],
    ["{{ {'b': 1, 'a': 2} | tojson(separators=(',', ':'), sort_keys=true) }}", '{"a":2,"b":1}'],
    [
      "{{ [1, 2] == [1, 2] }}{{ {'a': [1]} == {'a': [1]} }}{{ 'x' == none }}{{ 1 == 1.0 }}",
      'TrueTrueFalseTrue',
    ],
    ["{{ 'a' in ['a'] }}{{ 'a' not in 'abc' }}{{ 'k' in {'k': 1} }}{{ [1] in [[1]] }}", 'TrueFalseTrueTrue'],
    ["{{ 'a' ~ 1 ~ none ~ true }}{{ '-' * 3 }}", 'a1True---'],
    ["{{ ['a', 'b', 'a'] | reject('equalto', 'a') | list | join }}{{ [] | first is defined }}", 'bFalse'],
    ["{{ 'a\\nb' | indent(2) }}{{ 'ab'.removeprefix('a') }}{{ 'ab'.find('b') }}", 'a\n  bb1'],
    ["{{ strftime_now('%A %-d %b %y, day %j') }}", 'Monday 5 Jan 26, day 005'],
    ['{%- macro m(x, y=2) -%}{{ x + y }}{%- endmacro -%}{{ m(1) }}{{ m(1, y=4) }}', '35'],
    ['{% generation %}a{% endgeneration %}', 'a'],
    [
      "{{ messages[0]['content'] }}{{ messages[0].missing is defined }}{{ tools is defined }}",
      'hiFalseFalse',
    ],
    ['{{ bos_token }}{{ eos_token }}', '<s></s>'],
    ["{% for c in 'a👋' %}{{ c }},{% endfor %}{% for x in missing %}{{ x }}{% endfor %}", 'a,👋,'],
    [
      "{{ missing | length }}{{ missing | selectattr('a') | list | length }}{{ none | trim }}{{ 'a' + missing }}",
      '00a',
    ],
    [
      "{% for k, v in {0: 'a', 'b': 1}.items() %}{{ k }}{{ v }}{% endfor %}{{ {'a': [1]} | string }}",
      "0ab1{'a': [1]}",
    ],
    ["{{ '<{}{}|{1}|{x}|{{}}>'.format('a', 2, x='b') }}", '<a2|2|b|{}>'],
    ['{{ ["a\'b", none, true, 1.5] }}{{ none }}', `["a'b", None, True, 1.5]`],
    ["{% for k, v in [('a', 1), ('b', 2)] %}{{ k }}{{ v }}{% endfor %}{{ 'a' in ('a', 'b') }}", 'a1b2True'],
    ['{{ 1 + 2 }}{{ [1] + [2] == [1, 2] }}', '3True'],
  ];
  for (const [template, expected] of cases)
    test(template, () => {
      assert.equal(render(`${template}{{ messages[0].content }}`), `${expected}hi`);
    });
});

/** Each takes hours, all memory or the stack without a bound. */
const HOSTILE: Readonly<Record<string, string>> = {
  'empty loops in loops':
    '{% for a in range(100000) %}{% for b in range(100000) %}{% for c in range(100000) %}{% endfor %}{% endfor %}{% endfor %}',
  'loops in loops':
    '{% for a in range(1000) %}{% for b in range(1000) %}{% for c in range(1000) %}x{% endfor %}{% endfor %}{% endfor %}',
  'a long range': '{% for a in range(1000000000000) %}{% endfor %}',
  'a text that doubles':
    "{% set ns = namespace(s='aaaaaaaaaaaaaaaa') %}{% for a in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
  'a text that doubles otherwise':
    "{% set ns = namespace(s='aaaaaaaaaaaaaaaa') %}{% for a in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
  'a list that doubles':
    '{% set ns = namespace(s=[1, 2]) %}{% for a in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}',
  'a list that holds itself twice':
    '{% set ns = namespace(s=[1, 2]) %}{% for a in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}',
  'an object that holds itself twice':
    "{% set ns = namespace(s={}) %}{% for a in range(60) %}{% set ns.s = {'a': ns.s, 'b': ns.s} %}{% endfor %}{{ ns.s | tojson }}",
  'a namespace that holds itself twice':
    '{% set ns = namespace(s=1) %}{% for a in range(60) %}{% set ns.s = namespace(a=ns.s, b=ns.s) %}{% endfor %}{{ ns.s }}',
  'a namespace in itself': '{% set ns = namespace() %}{% set ns.a = ns %}{{ ns }}',
  'a replacement that squares':
    "{% set ns = namespace(s='aaaaaaaaaaaaaaaa') %}{% for a in range(9) %}{% set ns.s = ns.s.replace('a', ns.s) %}{% endfor %}",
  'a filter that squares':
    "{% set ns = namespace(s='aaaaaaaaaaaaaaaa') %}{% for a in range(9) %}{% set ns.s = ns.s | replace('a', ns.s) %}{% endfor %}",
  'a long separator': "{{ range(400000) | join('a' * 400000) }}",
  'a deep indent': "{{ ('\\n' * 400000) | indent(400000) }}",
  'a repeated text': "{{ 'a' * 1000000000 }}",
  'searching again and again':
    "{% set s = 'a' * 400000 %}{% for i in range(100000) %}{% set x = 'b' in s %}{% endfor %}",
  'splitting again and again':
    "{% set s = 'a' * 400000 %}{% for i in range(100000) %}{% set x = s.split('a') %}{% endfor %}",
  'slicing again and again':
    "{% set s = 'a' * 400000 %}{% for i in range(100000) %}{% set x = s[1:2] %}{% endfor %}",
  'sorting again and again':
    '{% set s = range(400000) | list %}{% for i in range(100000) %}{% set x = s | sort | first %}{% endfor %}',
  'comparing again and again':
    '{% set s = range(400000) %}{% set u = range(400000) %}{% for i in range(100000) %}{% set x = s == u %}{% endfor %}',
  'passing on again and again':
    '{% macro f() %}{{ varargs | length }}{% endmacro %}{% set s = range(100000) %}{% for i in range(100000) %}{{ f(*s) }}{% endfor %}',
  'a test again and again':
    "{% set s = 'a' * 400000 %}{% for i in range(100000) %}{% set x = s is lower %}{% endfor %}",
  'a macro that calls itself': '{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}',
  'a macro that calls itself twice':
    '{% macro f(n) %}{% if n > 0 %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}',
  'parentheses in parentheses': `{{ ${'('.repeat(20_000)}1${')'.repeat(20_000)} }}`,
  'conditions in conditions': `${'{% if true %}'.repeat(9000)}${'{% endif %}'.repeat(9000)}`,
  'a way to JavaScript': "{{ messages.__proto__.constructor.constructor('return process')().pid }}",
};

describe('a template that means harm', () => {
  for (const [what, template] of Object.entries(HOSTILE)) {
    test(`is given up: ${what}`, () => {
      const source = {
        template: `${template}{{ messages[0].content }}`,
        bosToken: '',
        eosToken: '',
        specialTexts: [],
      };
      const { text, notes } = createChatTemplate(source).render({
        messages: [{ role: 'user', content: 'hi' }],
      });
      assert.equal(text, 'User: hi\n\nAssistant:');
      assert.match(notes[0] ?? '', /cannot be used/);
    });
  }

  test('is given up when it begins inside a conversation', () => {
    const template = `{% if messages[-1].content == 'now' %}${HOSTILE['loops in loops']}{% endif %}{{ messages[-1].content }}`;
    const made = createChatTemplate({ template, bosToken: '', eosToken: '', specialTexts: [] });
    const say = (content: string): string => made.render({ messages: [{ role: 'user', content }] }).text;
    assert.equal(say('hi'), 'hi');
    assert.equal(say('now'), 'User: now\n\nAssistant:');
    assert.equal(say('hi'), 'hi');
  });

  test('a long conversation is none', () => {
    const template =
      "{% for m in messages %}{% if messages[loop.index0 - 1].role != 'tool' %}{{ m.content }}{% endif %}{% endfor %}";
    const messages = Array.from({ length: 3000 }, (_, at) => ({
      role: at % 2 === 0 ? ('user' as const) : ('assistant' as const),
      content: 'x'.repeat(500),
    }));
    const made = createChatTemplate({ template, bosToken: '', eosToken: '', specialTexts: [] });
    const { text, notes } = made.render({ messages });
    assert.equal(text.length, 3000 * 500);
    assert.deepEqual(notes, []);
  });

  test('long messages are none, although the template compares them', () => {
    const tail = { role: 'user' as const, content: 'x'.repeat(1_000_000) };
    const messages = Array.from({ length: 99 }, (_, at) =>
      at % 2 === 0 ? { role: 'user' as const, content: 'a' } : { role: 'assistant' as const, content: 'b' },
    );
    const made = createChatTemplate({
      template: readTemplate('mistral'),
      bosToken: '',
      eosToken: '',
      specialTexts: [],
    });
    const conversation = [...messages.slice(0, -1), tail];
    const { text, notes } = made.render({ messages: conversation, tools: [{ name: 'f' }] });
    assert.ok(text.endsWith(`[INST]${tail.content}[/INST]`));
    assert.deepEqual(notes, []);
  });
});
