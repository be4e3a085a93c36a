/** Questions about code, in the light bulb. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { clearEditor, codeActionProviders, document, Range } from '../../../support/chatStub.ts';
import { until } from '../../../support/until.ts';
import { clearShown } from '../../../support/vscodeStub.ts';
import { chatRoom } from './support.ts';

const { registerCodeActions } = await import('../../../../src/vscode/chat/codeActions.ts');

const FILE = document('/project/a.ts', 'let a;');
const CURSOR = new Range(0, 1, 0, 1);
const SELECTION = new Range(0, 0, 0, 3);

beforeEach(() => {
  clearEditor();
  clearShown();
});

test('the light bulb has Fix at a problem, and the questions for a selection or when it is asked', async (t) => {
  const { models, remove } = await chatRoom(t, { answer: [] });
  const registration = registerCodeActions(models);
  t.after(() => registration.dispose());
  const provider = codeActionProviders.at(-1);
  assert.ok(provider !== undefined);
  const commands = (range: Range, problems: number, triggerKind: number): unknown[] =>
    provider
      .provideCodeActions(FILE, range, { diagnostics: Array.from({ length: problems }), triggerKind })
      .map(({ command }) => command?.command);
  await until(() => commands(CURSOR, 1, 2).length > 0);
  const questions = ['ociModels.code.explain', 'ociModels.code.doc', 'ociModels.code.tests'];
  assert.deepEqual(commands(CURSOR, 0, 2), []);
  assert.deepEqual(commands(CURSOR, 1, 2), ['ociModels.code.fix']);
  assert.deepEqual(commands(SELECTION, 0, 2), questions);
  assert.deepEqual(commands(CURSOR, 0, 1), questions);
  assert.deepEqual(commands(SELECTION, 2, 1), ['ociModels.code.fix', ...questions]);
  await remove('one:1');
  await until(() => commands(SELECTION, 1, 1).length === 0);
});
