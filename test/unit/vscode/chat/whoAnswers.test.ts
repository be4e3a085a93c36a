/** The model that answers is the one that is shown, and one that is gone is answered for. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { isModelError } from '../../../../src/base/error.ts';
import { clearEditor, editor } from '../../../support/chatStub.ts';
import { until } from '../../../support/until.ts';
import { answers, clearShown, shown } from '../../../support/vscodeStub.ts';
import { chatRoom, idOf } from './support.ts';

const { explain } = await import('../../../../src/vscode/window/errors.ts');

const SCRIPT = { answer: [{ type: 'text', text: 'All is well.' }] } as const;

function picked(name: string): { vendor: string; id: string } {
  return { vendor: 'oci-models', id: idOf(name) };
}

/** The models that the picker was set to, in order. */
function pickerChanges(): unknown[] {
  return shown
    .filter(({ name, args }) => name === 'executeCommand' && args[0] === 'workbench.action.chat.changeModel')
    .map(({ args }) => (args[1] as { id: string }).id);
}

beforeEach(() => {
  clearEditor();
  clearShown();
  answers.length = 0;
});

describe('the model that answers', () => {
  test('is named below the answer, with speed and context', async (t) => {
    const { turn } = await chatRoom(t, SCRIPT);
    const { shown: answer, result } = await turn('Hello');
    const line = '*one\\:1 · first text after 0\\.0 s · 23 of 512 tokens of context*';
    assert.equal(answer.text, `All is well.\n\n${line}`);
    assert.equal(result.metadata.model, idOf('one:1'));
  });

  test('is the one that the user changes the picker to', async (t) => {
    const { turn, models } = await chatRoom(t, SCRIPT, ['one:1', 'two:1']);
    editor.pickable = [idOf('one:1'), idOf('two:1')];
    await models.choose(idOf('one:1'));
    // The first value of the picker is VS Code's own.
    assert.equal((await turn('a', { model: picked('two:1') })).result.metadata.model, idOf('one:1'));
    assert.equal(pickerChanges().at(-1), idOf('one:1'), 'the picker shows what answers');
    assert.equal((await turn('b', { model: picked('one:1') })).result.metadata.model, idOf('one:1'));
    assert.equal((await turn('c', { model: picked('two:1') })).result.metadata.model, idOf('two:1'));
    assert.equal(await models.choice(), idOf('two:1'));
  });

  test('is the one that was chosen elsewhere, and the picker follows', async (t) => {
    const { turn, models } = await chatRoom(t, SCRIPT, ['one:1', 'two:1']);
    editor.pickable = [idOf('one:1'), idOf('two:1')];
    await models.choose(idOf('one:1'));
    await until(() => pickerChanges().at(-1) === idOf('one:1'));
    await turn('a', { model: picked('one:1') });
    await models.choose(idOf('two:1'));
    await until(() => pickerChanges().at(-1) === idOf('two:1'));
    assert.equal((await turn('b', { model: picked('two:1') })).result.metadata.model, idOf('two:1'));
    // Back by hand, before any other question.
    assert.equal((await turn('c', { model: picked('one:1') })).result.metadata.model, idOf('one:1'));
  });

  test('is never set in a picker that has models of others', async (t) => {
    const { models } = await chatRoom(t, SCRIPT, ['one:1', 'two:1']);
    const { lm } = (await import('vscode')) as unknown as { lm: Record<string, unknown> };
    const before = lm['selectChatModels'];
    t.after(() => Object.assign(lm, { selectChatModels: before }));
    let asked = 0;
    lm['selectChatModels'] = async () => {
      asked += 1;
      return [{ vendor: 'copilot', id: 'gpt' }, picked('one:1'), picked('two:1')];
    };
    await models.choose(idOf('one:1'));
    await until(() => asked > 0);
    assert.deepEqual(pickerChanges(), []);
  });
});

describe('a model that VS Code remembers and that was deleted', () => {
  const gone = (error: unknown): boolean => {
    assert.ok(isModelError(error, 'not-found'), String(error));
    assert.equal(
      error.message,
      'one:1 is no longer on this machine. Choose another model, or pull it again.',
    );
    assert.deepEqual(
      explain(error)?.repairs.map(({ title, arguments: given }) => [title, given]),
      [
        ['Select Another Model', undefined],
        ['Pull Again', [idOf('one:1')]],
      ],
    );
    return true;
  };

  test('is answered with one sentence and buttons, until another one is chosen', async (t) => {
    const { turn, remove, models, offered } = await chatRoom(t, SCRIPT, ['one:1', 'two:1']);
    await offered.add(await models.usable());
    await models.choose(idOf('one:1'));
    await remove('one:1');
    await assert.rejects(turn('Hello', { model: picked('one:1') }), gone);
    await assert.rejects(turn('Hello again', { model: picked('one:1') }), gone);
    await models.choose(idOf('two:1'));
    const { result } = await turn('And now?', { model: picked('one:1') });
    assert.equal(result.metadata.model, idOf('two:1'));
  });

  test('does not matter if the picker shows another one', async (t) => {
    const { turn, remove, models } = await chatRoom(t, SCRIPT, ['one:1', 'two:1']);
    await models.choose(idOf('one:1'));
    await turn('a', { model: picked('one:1') });
    await remove('one:1');
    const { result } = await turn('b', { model: picked('two:1') });
    assert.equal(result.metadata.model, idOf('two:1'));
    assert.equal(await models.choice(), idOf('one:1'), 'VS Code moved the picker, not the user');
  });

  test('in an empty store: there is none, and one can be pulled', async (t) => {
    const { turn, remove, models, offered } = await chatRoom(t, SCRIPT);
    await offered.add(await models.usable());
    await remove('one:1');
    await assert.rejects(turn('Hello', { model: picked('one:1') }), (error) =>
      isModelError(error, 'no-model'),
    );
    const placeholder = { vendor: 'oci-models', id: 'placeholder' };
    await assert.rejects(turn('Hello', { model: placeholder }), (error) => isModelError(error, 'no-model'));
  });

  test('stays known through reloads, so that its question reaches us; the picker does not show it', async (t) => {
    const { services, remove, models, offered, add } = await chatRoom(t, SCRIPT, ['one:1', 'two:1']);
    const { ModelProvider } = await import('../../../../src/vscode/chat/modelProvider.ts');
    const list = async () => {
      // A provider of a window that was just opened.
      const provider = new ModelProvider(models, offered, services.log);
      const all = await provider.provideLanguageModelChatInformation();
      provider.dispose();
      return all.map((one) => [one.id, Reflect.get(one, 'isUserSelectable')]);
    };
    await list();
    await remove('one:1');
    assert.deepEqual(await list(), [
      [idOf('two:1'), true],
      [idOf('one:1'), false],
    ]);
    await remove('two:1');
    const empty = Object.fromEntries(await list());
    assert.deepEqual(empty, { placeholder: true, [idOf('one:1')]: false, [idOf('two:1')]: false });
    await add('one:1');
    models.refresh();
    assert.deepEqual(await list(), [
      [idOf('one:1'), true],
      [idOf('two:1'), false],
    ]);
  });
});

describe('VS Code', () => {
  test('is told the context that is allocated, as soon as it is', async (t) => {
    const { models, offered, services, turn } = await chatRoom(t, SCRIPT);
    const { ModelProvider } = await import('../../../../src/vscode/chat/modelProvider.ts');
    const provider = new ModelProvider(models, offered, services.log);
    t.after(() => provider.dispose());
    let changes = 0;
    provider.onDidChangeLanguageModelChatInformation(() => {
      changes += 1;
    });
    const room = async (): Promise<number> => {
      const [one] = await provider.provideLanguageModelChatInformation();
      return (one?.maxInputTokens ?? 0) + (one?.maxOutputTokens ?? 0);
    };
    assert.equal(await room(), 2048, 'as the file says');
    await turn('Hello');
    await until(() => changes > 0);
    assert.equal(await room(), 512, 'as it was loaded');
    await turn('Hello again');
    assert.equal(await room(), 512);
    assert.equal(changes, 1);
  });

  test('gets thoughts and usage as parts of its own, if it has them', async () => {
    const { responsePart } = await import('../../../../src/vscode/chat/responseParts.ts');
    const usage = { promptTokens: 3, evaluatedTokens: 1, answerTokens: 2 };
    assert.equal(responsePart({ type: 'text', text: 'x' }), undefined);
    const thought = responsePart({ type: 'thought', text: 'Hm' });
    assert.deepEqual(Reflect.get(thought ?? {}, 'value'), 'Hm');
    const figures = responsePart({ type: 'usage', usage }) ?? {};
    assert.equal(Reflect.get(figures, 'mimeType'), 'usage');
    const text = new TextDecoder().decode(Reflect.get(figures, 'data'));
    assert.deepEqual(JSON.parse(text), { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 });
  });
});
