import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { ToolChooser } from '../../../../src/assist/index.ts';
import { shortTool } from '../../../../src/assist/tools/index.ts';
import type { ChatMessage, ToolDefinition } from '../../../../src/inference/index.ts';

/** Two requests of VS Code's agent: the second one has a call and its result behind the first. */
const RECORDED: {
  readonly tools: readonly ToolDefinition[];
  readonly first: readonly ChatMessage[];
  readonly added: readonly ChatMessage[];
} = JSON.parse(readFileSync(new URL('../../../fixtures/vscodeChat/agent.json', import.meta.url), 'utf8'));

/** Four characters a token. */
const countTokens = async (text: string): Promise<number> => Math.ceil(text.length / 4);

function roomFor(roomTokens: number, messages: readonly ChatMessage[]) {
  const characters = messages.reduce((sum, { content }) => sum + content.length, 0);
  return { roomTokens, messageTokens: Math.ceil(characters / 4), countTokens };
}

const names = (tools: readonly ToolDefinition[]): string[] => tools.map(({ name }) => name);

describe('tools of an agent', () => {
  const { tools, first, added } = RECORDED;
  const second = [...first, ...added];

  test('all of them with all details where there is room', async () => {
    const chosen = await new ToolChooser().choose(tools, first, roomFor(100_000, first));
    assert.deepEqual(chosen.tools, tools);
    assert.equal(chosen.messages, first);
    assert.deepEqual(chosen.dropped, []);
  });

  test('then shorter ones, of which nothing that a call needs is missing', async () => {
    const chosen = await new ToolChooser().choose(tools, first, roomFor(24_000, first));
    assert.deepEqual(names(chosen.tools), names(tools));
    assert.deepEqual(chosen.dropped, ['the details of the 40 tools']);
    for (const [index, tool] of chosen.tools.entries()) {
      const long = (tools[index]?.inputSchema ?? {}) as { required?: unknown; properties?: object };
      const short = (tool.inputSchema ?? {}) as typeof long;
      assert.deepEqual(short.required, long.required);
      assert.deepEqual(Object.keys(short.properties ?? {}), Object.keys(long.properties ?? {}));
    }
    const size = (list: readonly ToolDefinition[]): number => JSON.stringify(list).length;
    assert.ok(size(chosen.tools) < size(tools) / 2, `${size(chosen.tools)} of ${size(tools)} characters`);
  });

  test('then the usual ones and those that are named; the others by their names', async () => {
    const asked: ChatMessage[] = [...first, { role: 'user', content: 'Use #terminal_selection for it.' }];
    const room = roomFor(6_500, asked);
    const chosen = await new ToolChooser().choose(tools, asked, room);
    const got = names(chosen.tools);
    assert.ok(got.length >= 3 && got.length < 40, `${got.length} tools`);
    for (const name of ['terminal_selection', 'read_file', 'replace_string_in_file'])
      assert.ok(got.includes(name), name);
    assert.ok(chosen.tokens + room.messageTokens <= room.roomTokens);
    const listed =
      chosen.messages[0]?.content
        .split('\n')
        .at(-1)
        ?.match(/\w+(?=,|\.$)/g) ?? [];
    const others = names(tools).filter((name) => !got.includes(name));
    assert.deepEqual(listed.slice(-others.length), others);
    assert.match(String(chosen.dropped[0]), /of 40 tools/);
  });

  test('the second request has the same front, and says nothing again', async () => {
    const chooser = new ToolChooser();
    const before = await chooser.choose(tools, first, roomFor(6_500, first));
    const after = await chooser.choose(tools, second, roomFor(6_500, second));
    assert.deepEqual(after.messages.slice(0, first.length), before.messages);
    assert.deepEqual(after.tools.slice(0, before.tools.length), before.tools);
    assert.deepEqual(after.dropped, []);
  });

  test('a tool that the conversation names comes behind the others, if there is room', async () => {
    const chooser = new ToolChooser();
    const before = names((await chooser.choose(tools, first, roomFor(6_500, first))).tools);
    const wanted = 'get_vscode_api';
    assert.ok(!before.includes(wanted));
    const asked: ChatMessage[] = [...second, { role: 'assistant', content: `I need ${wanted}.` }];
    const full = roomFor(6_500, asked);
    assert.deepEqual(
      names((await chooser.choose(tools, asked, { ...full, messageTokens: full.roomTokens })).tools),
      before,
    );
    assert.deepEqual(names((await chooser.choose(tools, asked, full)).tools), [...before, wanted]);
  });

  test('a tool that was called in other conversations goes before the usual ones', async () => {
    const chooser = new ToolChooser();
    const call = { id: '1', name: 'testFailure', arguments: {} };
    const other: ChatMessage[] = [
      { role: 'system', content: 'Another conversation.' },
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: '', toolCalls: [call] },
    ];
    await chooser.choose(tools, other, roomFor(6_500, other));
    const chosen = await chooser.choose(tools, first, roomFor(6_500, first));
    assert.ok(names(chosen.tools).includes('testFailure'));
  });

  test('a small context has three tools at least', async () => {
    const chosen = await new ToolChooser().choose(tools, first, roomFor(4_096, first));
    assert.equal(chosen.tools.length, 3);
  });

  test('schemas that refer to themselves by depth end', () => {
    let schema: object = { type: 'string' };
    for (let depth = 0; depth < 500; depth++) schema = { type: 'object', properties: { a: schema } };
    assert.ok(JSON.stringify(shortTool({ name: 'a', inputSchema: schema })).length < 1_000);
  });
});
