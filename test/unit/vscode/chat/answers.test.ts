/** An answer while it comes and after it: thoughts, places, code for the lines, steps before it. */
import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { isModelError } from '../../../../src/base/error.ts';
import { asLocalized } from '../../../../src/base/l10n.ts';
import { clearEditor, document, editor, Location, open, Stream } from '../../../support/chatStub.ts';
import { endEvent, events, startScriptedServer, textEvent } from '../../../support/scriptedServer.ts';
import { until } from '../../../support/until.ts';
import { answers, clearShown, shown } from '../../../support/vscodeStub.ts';
import { chatRoom } from './support.ts';

const { Steps } = await import('../../../../src/vscode/chat/steps.ts');

const MATH = document('/project/src/math.ts', 'let a;\nlet b;\nlet c;');
const BLOCK = 'Use `math.ts:2`:\n```ts\nlet d;\n```\n';

beforeEach(() => {
  clearEditor();
  clearShown();
});

describe('an answer', () => {
  test('has thoughts folded above it, as plain text, and keeps them out of the conversation', async (t) => {
    const { turn } = await chatRoom(t, {
      answer: [
        { type: 'thought', text: 'First <b>' },
        { type: 'thought', text: 'this\n[x](command:y)' },
        { type: 'text', text: 'Done.' },
      ],
    });
    const { shown, result } = await turn('Why?');
    assert.ok(shown.progress.includes('Thinking…'));
    assert.equal(
      shown.marked[0],
      '<details><summary>Thoughts</summary>\n\nFirst \\<b\\>this  \n\\[x\\] \\(command\\:y\\)\n\n</details>\n\n',
    );
    assert.match(shown.text, /^Done\.\n\n\*one/);
    assert.equal(result.metadata.answer, 'Done.');
  });

  test('goes on with what was thought once the user stops that', async (t) => {
    const { turn, engines, services } = await chatRoom(t, {
      answer: [
        { type: 'thought', text: 'Hm' },
        { type: 'thought', text: 'and on' },
        { type: 'text', text: 'Done.' },
      ],
    });
    answers.push(() => services.thinking.stop());
    const { shown: answer, result } = await turn('Why?');
    const [first, second] = engines.flatMap(({ chats }) => chats);
    assert.deepEqual(second?.messages, [
      ...(first?.messages ?? []),
      { role: 'assistant', content: '', thought: 'Hm' },
    ]);
    assert.equal(second?.maxThoughtTokens, 1);
    assert.equal(result.metadata.answer, 'Done.');
    assert.match(answer.text, /^Done\./);
    const item = shown.filter(({ name }) => name.endsWith(' ociModels.thinking')).map(({ name }) => name);
    assert.deepEqual(item.slice(0, 2), ['show ociModels.thinking', 'hide ociModels.thinking']);
    assert.match(item.at(-1) ?? '', /^hide/);
  });

  for (const closes of [true, false]) {
    test(`of a model on a server ${closes ? 'goes on behind a thought that is stopped' : 'has no button if it cannot go on'}`, async (t) => {
      const thinking = { choices: [{ delta: { reasoning_content: 'Hm, well' } }] };
      const server = await startScriptedServer(({ path, body }) => {
        if (path === '/v1/models')
          return { json: { object: 'list', data: [{ id: 'm', owned_by: 'llamacpp' }] } };
        if (path === '/apply-template')
          return { json: { prompt: `<think>oci-models-probe${closes ? '</think>' : ''}` } };
        if (path !== '/v1/chat/completions') return undefined;
        const isRest = body?.['continue_final_message'] !== undefined;
        if (closes && !isRest) return { pieces: events(thinking), end: 'hold' };
        const text = [textEvent('Done.'), endEvent(), '[DONE]'];
        return { pieces: events(...(isRest ? text : [thinking, ...text])) };
      });
      t.after(() => server.close());
      const { turn, models, services } = await chatRoom(t, { answer: [] }, [], server);
      await until(async () => (await models.usable()).length === 1);
      const asking = turn('Why?');
      const hasButton = () => shown.some(({ name }) => name === 'show ociModels.thinking');
      if (closes) {
        await until(hasButton);
        services.thinking.stop();
      }
      const { shown: answer, result } = await asking;
      const asked = server.requests.filter(({ path }) => path === '/v1/chat/completions');
      assert.equal(hasButton(), closes);
      assert.match(answer.text, /^Done\./);
      assert.match(answer.marked[0] ?? '', /Thoughts<\/summary>\n\nHm\\, well/);
      assert.equal(result.metadata.answer, 'Done.');
      const [first, second] = asked.map(({ body }) => body?.['messages'] as unknown[]);
      const thought = { role: 'assistant', content: '', reasoning_content: 'Hm, well' };
      assert.deepEqual(second, closes ? [...(first ?? []), thought] : undefined);
      await until(() => server.running() === 0);
    });
  }

  test('links the files that it names and the model read', async (t) => {
    const { turn } = await chatRoom(t, { answer: [{ type: 'text', text: BLOCK }] });
    open(MATH, 1, 1, 4);
    const { shown, result } = await turn('How?');
    assert.ok(shown.text.startsWith('Use [math.ts:2]:\n```ts\nlet d;\n```\n\n\n*one'));
    const link = shown.references.at(-1);
    assert.ok(link instanceof Location && link.range.start.line === 1);
    assert.equal(result.metadata.answer, BLOCK, 'the conversation has the words of the model');
  });

  test('with code for the selected lines can be proposed there, wherever they are by then', async (t) => {
    const { turn, services } = await chatRoom(t, { answer: [{ type: 'text', text: BLOCK }] });
    const changed = { text: ['let a;', 'let b;', 'let c;'] };
    const moving = {
      ...MATH,
      get lineCount() {
        return changed.text.length;
      },
      lineAt: (line: number) => ({ text: changed.text[line] ?? '' }),
    };
    open(moving, 1, 1, 4);
    const { shown } = await turn('', { command: 'fix' });
    const button = shown.buttons.find(({ command }) => command === 'ociModels.chat.apply');
    const id: unknown = button?.arguments?.[0];
    const { first, last, answer, model, instruction } = services.answered.find(id);
    assert.deepEqual([first, last, answer, model], [1, 1, BLOCK, 'one:1']);
    assert.match(instruction, /^Fix this code/);
    changed.text = ['// new', 'let a;', 'let b;', 'let c;'];
    assert.equal(services.answered.find(id).first, 2);
    const refused = (error: unknown): boolean =>
      isModelError(error, 'no-subject') && /Ask again/.test(error.message);
    changed.text = ['let b;', 'x', 'let b;'];
    assert.throws(() => services.answered.find(id), refused);
    changed.text = ['x'];
    assert.throws(() => services.answered.find(id), refused);
    assert.throws(() => services.answered.find('no such id'), refused);
  });

  test('that was cut off in code has our words behind the code, and goes on in code', async (t) => {
    const text = 'So:\n~~~~ts\nlet d';
    const { turn } = await chatRoom(t, { answer: [{ type: 'text', text }], stopReason: 'length' });
    const { shown, result } = await turn('How?');
    assert.ok(shown.text.startsWith(`${text}\n~~~~\n\n*The answer was cut off`), shown.text);
    assert.equal(result.metadata.answer, text);
    const { shown: rest } = await turn('', { command: 'continue' });
    assert.ok(rest.text.startsWith(`~~~~\n${text}\n~~~~\n\n*The answer`), rest.text);
  });

  const without = [
    ['/explain', 'explain', BLOCK, undefined],
    ['no code', 'fix', 'Nothing is wrong.', undefined],
    ['an answer that was cut off', 'fix', BLOCK, 'length'],
  ] as const;
  for (const [what, command, text, stopReason] of without) {
    test(`has nothing to propose for ${what}`, async (t) => {
      const script = { answer: [{ type: 'text', text }] } as const;
      const { turn } = await chatRoom(t, stopReason === undefined ? script : { ...script, stopReason });
      open(MATH, 1, 1, 4);
      const { shown } = await turn('', { command });
      assert.ok(!shown.buttons.some(({ command: id }) => id === 'ociModels.chat.apply'));
    });
  }

  test('says what it waits for, and notes of the engine', async (t) => {
    const { turn } = await chatRoom(t, {
      answer: [
        { type: 'waiting', for: 'edit' },
        { type: 'note', text: asLocalized('A note.') },
        { type: 'text', text: 'Done.' },
      ],
    });
    const { shown } = await turn('Why?');
    assert.deepEqual(shown.progress, ['Loading one\\:1…', 'Waiting for an edit…', 'A note\\.']);
    assert.equal(editor.active, undefined);
  });
});

describe('the steps before an answer', () => {
  test('have a percentage only if they take long, and seldom', () => {
    const shown = new Stream();
    let now = 0;
    const steps = new Steps(shown.stream, 500, () => now);
    const say = (done: number) => asLocalized(`${done} %`);
    steps.say('Loading');
    for (let percent = 1; percent <= 100; percent++) {
      now += 20;
      steps.percent(say, percent / 100);
    }
    steps.say('Loading more');
    steps.say('Loading more');
    for (let percent = 1; percent <= 100; percent++) steps.percent(say, percent / 100);
    assert.deepEqual(shown.progress, ['Loading', '20 %', '40 %', '60 %', '80 %', 'Loading more']);
  });
});
