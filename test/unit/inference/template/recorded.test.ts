/** Prompts of twelve templates against what llama-server rendered, which test/interop/recordPrompts.ts recorded. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type ChatTemplate,
  createChatTemplate,
  type RenderedPrompt,
} from '../../../../src/inference/template/index.ts';
import { CONVERSATIONS, FAMILIES, readPrompts, readTemplate } from '../../../support/conversations.ts';

const NO_TOOLS = ['tools', 'toolResult', 'twoCalls', 'afterTools'];

/** Conversations that are rendered otherwise here, and why. */
const DIFFERENCES: Readonly<Record<string, readonly string[]>> = {
  // llama-server drops tools and calls that the template does not write, and writes roles that no model has seen.
  chatml: NO_TOOLS,
  'phi-4': NO_TOOLS,
  'smollm-2': NO_TOOLS,
  // llama-server drops the tools; and it continues with `<think></think>`, where the template has line ends inside.
  'deepseek-r1': [...NO_TOOLS, 'continued'],
  'smollm-3': [...NO_TOOLS, 'continued'],
  // llama-server drops the tools, and refuses turns that do not alternate.
  'gemma-3': ['twoUsers', ...NO_TOOLS],
  mistral: ['twoUsers'],
  // The template refuses two calls at once.
  'llama-3': ['twoCalls'],
  // llama-server writes an empty analysis, which the model has never seen.
  'gpt-oss': ['continued'],
};

const MARKS = ['<|im_start|>', '<|im_end|>', '<|eot_id|>', '[INST]', '<end_of_turn>'];

const templates = new Map<string, ChatTemplate>();

function templateOf(family: string): ChatTemplate {
  const { bosToken, eosToken } = readPrompts(family);
  const made =
    templates.get(family) ??
    createChatTemplate({ template: readTemplate(family), bosToken, eosToken, specialTexts: MARKS });
  templates.set(family, made);
  return made;
}

function render(family: string, conversation: string): RenderedPrompt {
  const [year, month, date] = readPrompts(family).day;
  const options = CONVERSATIONS[conversation];
  assert.ok(options !== undefined);
  return templateOf(family).render({ ...options, now: new Date(year, month - 1, date, 23, 59) });
}

for (const family of FAMILIES) {
  describe(`a prompt of ${family}`, () => {
    const { llamaServer, ours } = readPrompts(family);
    for (const conversation of Object.keys(CONVERSATIONS)) {
      test(conversation, () => {
        const { text, pieces } = render(family, conversation);
        assert.equal(text, ours[conversation] ?? llamaServer[conversation]);
        assert.equal(pieces.map((piece) => piece.text).join(''), text);
      });
    }

    test('differs from that of llama-server only where there is a reason', () => {
      assert.deepEqual(Object.keys(ours).sort(), [...(DIFFERENCES[family] ?? [])].sort());
    });

    test('is said to be changed if it is', () => {
      for (const conversation of Object.keys(CONVERSATIONS)) {
        const isChanged = conversation in ours && conversation !== 'continued';
        assert.equal(render(family, conversation).notes.length > 0, isChanged, conversation);
      }
    });

    test('has the marks of a message in pieces', () => {
      assert.equal(render(family, 'user').pieces.length, 1);
      const pieces = render(family, 'marks').pieces.map(({ text }) => text);
      const message = CONVERSATIONS['marks']?.messages[0]?.content ?? '';
      const count = (text: string, mark: string): number => text.split(mark).length - 1;
      assert.equal(pieces.length, 1 + MARKS.reduce((sum, mark) => sum + count(message, mark), 0));
      for (const mark of MARKS) {
        const whole = pieces.reduce((sum, text) => sum + count(text, mark), 0);
        const written = count(pieces.join(''), mark) - count(message, mark);
        assert.equal(whole, written, `${mark} is whole only where the template writes it`);
      }
    });
  });
}

describe('the end of a prompt', () => {
  test('tells of an open thought', () => {
    assert.equal(render('deepseek-r1', 'user').thoughtOpen, true);
    assert.equal(render('deepseek-r1', 'notThinking').thoughtOpen, false);
    assert.equal(render('qwen-3', 'user').thoughtOpen, false);
  });

  for (const [family, ends] of Object.entries({
    'qwen-3': '<|im_start|>assistant\n<think>\nFirst',
    'deepseek-r1': '<｜Assistant｜><think>\nFirst',
    'gpt-oss': '<|start|>assistant<|channel|>analysis<|message|>First',
  })) {
    test(`goes on inside a thought of ${family}`, () => {
      const template = createChatTemplate({
        template: readTemplate(family),
        bosToken: '',
        eosToken: '',
        specialTexts: [],
      });
      const messages = [
        { role: 'user', content: 'Why?' },
        { role: 'assistant', content: '', thought: 'First' },
      ] as const;
      const { text, thoughtOpen } = template.render({ messages, continueLast: true });
      assert.ok(text.endsWith(ends), text.slice(-80));
      assert.equal(thoughtOpen, true);
    });
  }

  test('has a whole thought before the text that is continued', () => {
    const template = createChatTemplate({
      template: readTemplate('qwen-3'),
      bosToken: '',
      eosToken: '',
      specialTexts: [],
    });
    const messages = [
      { role: 'user', content: 'Why?' },
      { role: 'assistant', content: 'Because', thought: 'A reason.' },
    ] as const;
    for (const thinking of [true, false, 'default'] as const) {
      const { text, thoughtOpen } = template.render({ messages, continueLast: true, thinking });
      assert.ok(text.endsWith('<|im_start|>assistant\n<think>\nA reason.\n</think>\n\nBecause'), text);
      assert.equal(thoughtOpen, false);
    }
  });
});

test('abilities are those of the template', () => {
  const abilities = (family: string) =>
    createChatTemplate({ template: readTemplate(family), bosToken: '', eosToken: '', specialTexts: [] })
      .abilities;
  const all = { system: true, tools: true, toolCalls: true, toolResults: true };
  assert.deepEqual(abilities('qwen-3'), { ...all, thoughts: true, consecutiveUsers: true });
  assert.deepEqual(abilities('mistral'), { ...all, thoughts: false, consecutiveUsers: false });
  assert.deepEqual(abilities('phi-4'), {
    ...{ system: true, tools: false, toolCalls: false, toolResults: false },
    ...{ thoughts: false, consecutiveUsers: true },
  });
});
