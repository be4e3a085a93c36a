/** The front of a prompt stays as it is while a conversation goes on, so that what was evaluated stays valid. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ChatMessage } from '../../../../src/inference/index.ts';
import { type ChatTemplate, createChatTemplate } from '../../../../src/inference/template/index.ts';
import { FAMILIES, readTemplate } from '../../../support/conversations.ts';
import fc from '../../../support/fastCheck.ts';

/** Templates whose front changes, and why. */
const UNSTABLE: Readonly<Record<string, string>> = {
  'deepseek-r1': 'opens a thought for the next answer, and drops those of earlier ones with their marks',
  mistral: 'puts the instructions before the last question',
};

const NOW = new Date(2026, 10, 29);

function templateOf(family: string): ChatTemplate {
  const special = ['<|im_start|>', '<|im_end|>'];
  return createChatTemplate({
    template: readTemplate(family),
    bosToken: '',
    eosToken: '',
    specialTexts: special,
  });
}

function isPrefix(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  more: readonly ChatMessage[],
): boolean {
  const shorter = template.render({ messages, now: NOW });
  const longer = template.render({ messages: [...messages, ...more], now: NOW });
  assert.deepEqual(longer.notes, []);
  return longer.text.startsWith(shorter.text);
}

const text = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.constant('<|im_end|>'),
  fc.constant('<think>x</think> y'),
);
/** Texts that begin and end with a character, because some templates trim. */
const inner = text.map((middle) => `a${middle}z`);
const turn = fc.tuple(inner, inner).map(
  ([answer, question]) =>
    [
      { role: 'assistant', content: answer.replaceAll('</think>', '') },
      { role: 'user', content: question },
    ] as const satisfies readonly ChatMessage[],
);

describe('the front of a prompt', () => {
  for (const family of FAMILIES) {
    const template = templateOf(family);
    const why = UNSTABLE[family];
    if (why === undefined) {
      test(`of ${family} stays`, () => {
        const conversation = fc.tuple(inner, inner, fc.array(turn, { maxLength: 3 }), turn);
        fc.assert(
          fc.property(conversation, ([system, question, turns, more]) => {
            const messages: ChatMessage[] = [
              { role: 'system', content: system },
              { role: 'user', content: question },
              ...turns.flat(),
            ];
            assert.ok(isPrefix(template, messages, more));
          }),
          { numRuns: 30 },
        );
      });
    } else {
      test(`of ${family} changes: it ${why}`, () => {
        const messages: ChatMessage[] = [
          { role: 'system', content: 'Be terse.' },
          { role: 'user', content: 'Why?' },
        ];
        const more: ChatMessage[] = [
          { role: 'assistant', content: 'Because.' },
          { role: 'user', content: 'Really?' },
        ];
        assert.equal(isPrefix(template, messages, more), false);
      });
    }
  }

  test('of qwen-3 changes if thoughts are off, whose marks earlier answers lose', () => {
    const template = templateOf('qwen-3');
    const messages: ChatMessage[] = [{ role: 'user', content: 'Why?' }];
    const shorter = template.render({ messages, thinking: false }).text;
    messages.push({ role: 'assistant', content: 'Because.' }, { role: 'user', content: 'Really?' });
    assert.equal(template.render({ messages, thinking: false }).text.startsWith(shorter), false);
  });

  test('is the same all day', () => {
    const template = createChatTemplate({
      template:
        "{{ strftime_now('%d %B %Y %H:%M:%S') }} {{ date_string }}{% for m in messages %}{{ m.content }}{% endfor %}",
      bosToken: '',
      eosToken: '',
      specialTexts: [],
    });
    const at = (now: Date): string =>
      template.render({ messages: [{ role: 'user', content: '' }], now }).text;
    assert.equal(at(new Date(2026, 2, 4, 0, 1)), '04 March 2026 00:00:00 04 Mar 2026');
    assert.equal(at(new Date(2026, 2, 4, 23, 59)), '04 March 2026 00:00:00 04 Mar 2026');
  });
});
