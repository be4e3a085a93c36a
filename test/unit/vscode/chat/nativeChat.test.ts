/** VS Code's own chat: the chain to it is checked link by link, and nothing is done before the user agrees. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { clearEditor, editor } from '../../../support/chatStub.ts';
import { answers, changeSetting, clearShown, shown, shownTexts } from '../../../support/vscodeStub.ts';
import { chatRoom, idOf } from './support.ts';

const { firstBrokenLink, obstacle } = await import('../../../../src/vscode/chat/nativeChat.ts');
const { useInNativeChat } = await import('../../../../src/vscode/commands/nativeChat/use.ts');

const SCRIPT = { answer: [{ type: 'text', text: 'Hello.' }] } as const;

/** The commands of VS Code that were run. */
const run = (): unknown[] => shown.filter(({ name }) => name === 'executeCommand').map(({ args }) => args[0]);

beforeEach(() => {
  clearEditor();
  clearShown();
});

describe('VS Code’s own chat', () => {
  test('the first broken link is named', async (t) => {
    const { models, remove } = await chatRoom(t, SCRIPT);
    const broken = async (): Promise<string> => (await firstBrokenLink(models)) ?? 'none';
    editor.pickable = [];
    assert.match(await broken(), /does not list the local models/);
    editor.pickable = [idOf('one:1')];
    assert.match(await broken(), /turned off in this profile/);
    assert.equal(await obstacle(models), undefined, 'which turning it on mends');
    editor.builtInChat = { isActive: false };
    assert.match(await broken(), /has not started/);
    editor.builtInChat = { isActive: true };
    assert.equal(await broken(), 'none');
    await changeSetting('chat.disableAIFeatures', true);
    assert.match(await broken(), /chat\.disableAIFeatures/);
    await changeSetting('chat.disableAIFeatures', undefined);
    editor.isTrusted = false;
    assert.match(await broken(), /not trusted/);
    editor.isTrusted = true;
    await remove('one:1');
    assert.match(await broken(), /no model on this machine/);
  });

  test('is turned on when the user agrees to what the page says', async (t) => {
    const { models, services } = await chatRoom(t, SCRIPT);
    editor.pickable = [idOf('one:1')];
    const chat = { showInPicker: () => services.picked.show() };
    const command = (): Promise<unknown> => useInNativeChat.run({ models, chat } as never, undefined);
    await command();
    const page = shownTexts().join('\n');
    for (const part of [/GitHub Copilot Chat/, /No account is needed/, /utility models/, /To undo it/])
      assert.match(page, part);
    assert.ok(!run().includes('workbench.action.chat.manage'), 'not before the user agrees');
    clearShown();
    answers.push('Turn On', () => {
      editor.builtInChat = { isActive: true };
    });
    await command();
    const told = shown.find(({ name }) => name === 'showInformationMessage')?.args[0];
    assert.match(
      String(told),
      /Local models answer in VS Code’s chat, without @local\. .*chat\.utilityModel/,
    );
    assert.deepEqual(run(), ['workbench.action.chat.manage', 'workbench.action.chat.changeModel']);
    clearShown();
    await changeSetting('chat.utilityModel', 'mine');
    t.after(() => changeSetting('chat.utilityModel', undefined));
    await command();
    assert.match(shownTexts().join('\n'), /utility models \(titles, summaries\): mine\./);
    assert.ok(!run().includes('workbench.action.chat.manage'), 'it is on');
  });

  test('is offered once below an answer, if it is off and a model of ours is picked', async (t) => {
    const { turn } = await chatRoom(t, SCRIPT);
    const offered = async (vendor: string): Promise<boolean> => {
      const { shown: answer } = await turn('Hello', { model: { vendor, id: idOf('one:1') } });
      return answer.buttons.some(({ command }) => command === 'ociModels.nativeChat.use');
    };
    editor.builtInChat = { isActive: true };
    assert.equal(await offered('oci-models'), false);
    editor.builtInChat = undefined;
    assert.equal(await offered('copilot'), false);
    assert.equal(await offered('oci-models'), true);
    assert.equal(await offered('oci-models'), false);
  });
});
