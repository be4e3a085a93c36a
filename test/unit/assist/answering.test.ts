import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answer, ToolChooser } from '../../../src/assist/index.ts';
import { asLocalized } from '../../../src/base/l10n.ts';
import type { ChatRequest, ToolDefinition } from '../../../src/inference/index.ts';
import { ScriptedEngine } from '../../support/scriptedEngine.ts';

/** An engine that keeps its requests. */
async function recorder(contextTokens: number) {
  const engine = new ScriptedEngine({ answer: [{ type: 'text', text: 'Done.' }], contextTokens });
  await engine.load({ kind: 'file', path: 'a.gguf' });
  const requests: ChatRequest[] = [];
  const chat = engine.chat;
  engine.chat = (request, options) => {
    requests.push(request);
    return chat(request, options);
  };
  return { ready: { engine, contextTokens, defaults: {} }, requests };
}

const TOOLS: readonly ToolDefinition[] = Array.from({ length: 40 }, (_, index) => ({
  name: `tool_${index}`,
  description: Array.from({ length: 60 }, () => 'word').join(' '),
}));

async function asked(contextTokens: number, content: string) {
  const { ready, requests } = await recorder(contextTokens);
  const dropped: string[] = [];
  await answer(ready, [{ role: 'user', content }], {
    signal: new AbortController().signal,
    tools: TOOLS,
    toolChooser: new ToolChooser(),
    limitTokens: 100,
    onText: () => undefined,
    onDropped: (what) => dropped.push(asLocalized(what)),
  });
  return { tools: requests[0]?.tools ?? [], dropped };
}

describe('a request with more tools than there is room for', () => {
  test('offers some of them, and says how many it left out', async () => {
    const { tools, dropped } = await asked(1_200, 'Hello');
    assert.ok(tools.length > 0 && tools.length < TOOLS.length, `${tools.length} tools`);
    assert.match(String(dropped), new RegExp(`^${TOOLS.length - tools.length} of 40 tools`));
  });

  test('goes without tools before the question is refused', async () => {
    const words = Array.from({ length: 700 }, () => 'word').join(' ');
    const { tools, dropped } = await asked(860, words);
    assert.deepEqual(tools, []);
    assert.deepEqual(dropped, ['all 40 tools']);
  });
});
