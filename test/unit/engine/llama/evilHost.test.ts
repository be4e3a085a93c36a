/** A host process in the hands of somebody else: whatever it sends ends, costs little memory, and is told. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isModelError } from '../../../../src/base/error.ts';
import type { Log } from '../../../../src/base/log.ts';
import { ProcessEngine } from '../../../../src/engine/index.ts';
import { chat, file } from '../../../support/chat.ts';

const hostPath = fileURLToPath(new URL('scriptedHost.ts', import.meta.url));
const MB = 1_000_000;

async function loaded(context: TestContext, name = 'ok.gguf') {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const log: Log = { debug: write, info: write, warn: write, error: write };
  const engine = new ProcessEngine({ hostPath, log });
  context.after(() => engine.unload());
  await engine.load(file(`/m/${name}`), { gpu: 'off' });
  return { engine, lines };
}

function crashed(reason: RegExp): (error: unknown) => boolean {
  return (error) => isModelError(error, 'engine-crashed') && reason.test(error.message);
}

describe('a host that does what it should not', () => {
  test('answers without end: text is bounded by the tokens that were asked for', async (context) => {
    const { engine } = await loaded(context);
    let characters = 0;
    const onText = (text: string): void => {
      characters += text.length;
    };
    const running = chat(engine, [{ role: 'user', content: 'endless' }], { maxTokens: 1000, onText });
    await assert.rejects(running, crashed(/was stopped: it answered with more than it was asked for\./));
    assert.ok(characters < MB, `${characters} characters`);
    assert.equal((await chat(engine, [{ role: 'user', content: 'next' }])).text, 'ok.gguf next 1 done');
  });

  test('and so is their number', async (context) => {
    const { engine } = await loaded(context);
    const running = chat(engine, [{ role: 'user', content: 'talkative' }]);
    await assert.rejects(running, crashed(/answered with more than it was asked for/));
  });

  test('and so are its remarks, and what it wants to call', async (context) => {
    const { engine } = await loaded(context);
    const events: string[] = [];
    const onEvent = ({ type }: { type: string }): void => void events.push(type);
    for (const [content, type] of [
      ['remarks', 'note'],
      ['calls', 'toolCall'],
    ] as const) {
      events.length = 0;
      const running = chat(engine, [{ role: 'user', content }], { maxTokens: 100, onEvent });
      await assert.rejects(running, crashed(/answered with more than it was asked for/));
      const count = events.filter((each) => each === type).length;
      assert.ok(count > 0 && count <= 100, `${count} events`);
    }
  });

  test('writes a line without an end: its memory is not taken', async (context) => {
    const { engine } = await loaded(context);
    const before = process.memoryUsage().rss;
    assert.equal(await engine.count('line without an end'), 19);
    assert.ok(process.memoryUsage().rss - before < 60 * MB);
  });

  test('writes lines without end: the log has an end', async (context) => {
    const { engine, lines } = await loaded(context);
    await engine.count('many lines');
    assert.ok(lines.length <= 20_001, `${lines.length} lines`);
    assert.match(lines.at(-1) ?? '', /further lines are omitted/);
  });

  for (const [text, reason] of [
    ['a huge frame', /was stopped: it sent a message of 2147483647 bytes\./],
    ['no JSON', /was stopped: it sent a message that is not JSON\./],
    ['of nobody', /was stopped: it answered a request that was never made\./],
  ] as const) {
    test(`sends ${text}`, async (context) => {
      const { engine } = await loaded(context);
      await assert.rejects(engine.count(text), crashed(reason));
      assert.equal(await engine.count('abc'), 3, 'the next request starts it again');
    });
  }

  test('says that more than all of a model is loaded', async (context) => {
    await assert.rejects(loaded(context, 'absurd.gguf'), crashed(/sent a message that is not understood/));
  });
});
