import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withPublishedPrompt } from '../../../src/assist/index.ts';
import type { ChatMessage } from '../../../src/inference/index.ts';

const QUESTION: ChatMessage = { role: 'user', content: 'Why?' };
const SYSTEM: ChatMessage = { role: 'system', content: 'You are brief.' };
const BEFORE: ChatMessage[] = [
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: 'Hello' },
];

test('a published system prompt and messages stand before a conversation', () => {
  assert.deepEqual(withPublishedPrompt([QUESTION], {}), [QUESTION]);
  assert.deepEqual(withPublishedPrompt([QUESTION], { system: SYSTEM.content, messages: BEFORE }), [
    SYSTEM,
    ...BEFORE,
    QUESTION,
  ]);
});

test('but not where the conversation has a system prompt of its own', () => {
  const own: ChatMessage[] = [{ role: 'system', content: 'Edit code.' }, QUESTION];
  assert.deepEqual(withPublishedPrompt(own, { system: SYSTEM.content, messages: BEFORE }), own);
});

test('and only one system prompt stands there', () => {
  assert.deepEqual(withPublishedPrompt([QUESTION], { system: 'x', messages: [SYSTEM, ...BEFORE] }), [
    SYSTEM,
    ...BEFORE,
    QUESTION,
  ]);
});
