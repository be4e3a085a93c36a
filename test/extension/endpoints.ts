/** A model on a server in VS Code's own model API: text, a call of a tool and its result, an image, a failure. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import {
  endEvent,
  events,
  modelList,
  type ScriptedServer,
  startScriptedServer,
  textEvent,
} from '../support/scriptedServer.ts';
import { pickerModels, until } from './support.ts';

const MODEL = 'office-coder';
const CALL = { index: 0, id: 'c1', type: 'function', function: { name: 'read_file', arguments: '{"path":' } };

describe('a model on a server', () => {
  let server: ScriptedServer;
  const configuration = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration('ociModels');
  const id = (): string => `endpoint:${server.url}#${MODEL}`;

  before(async () => {
    server = await startScriptedServer(({ method, path, body }) => {
      if (path === '/v1/models') return modelList(MODEL);
      if (method !== 'POST') return undefined;
      const asked = JSON.stringify(body);
      if (asked.includes('fail')) return { status: 500, json: { error: { message: 'out of [memory](x)' } } };
      if (asked.includes('"role":"tool"'))
        return { pieces: events(textEvent('It says hi.'), endEvent(), '[DONE]') };
      const calls = (call: object) => ({ choices: [{ index: 0, delta: { tool_calls: [call] } }] });
      return {
        pieces: events(
          textEvent('Let me see.'),
          calls(CALL),
          calls({ index: 0, function: { arguments: '"a.txt"}' } }),
          endEvent('tool_calls'),
        ),
      };
    });
    await configuration().update(
      'endpoints',
      [{ name: 'Office', url: server.url }],
      vscode.ConfigurationTarget.Global,
    );
  });

  after(async () => {
    await configuration().update('endpoints', undefined, vscode.ConfigurationTarget.Global);
    await server.close();
  });

  async function model(): Promise<vscode.LanguageModelChat> {
    await until('the model of the server', async () => (await pickerModels()).includes(id()));
    const [found] = await vscode.lm.selectChatModels({ vendor: 'oci-models', id: id() });
    assert.ok(found);
    return found;
  }

  it('calls a tool and reads its result', async () => {
    const { User, Assistant } = vscode.LanguageModelChatMessage;
    const question = User('Read a.txt.');
    const tools = [{ name: 'read_file', description: 'Reads a file.', inputSchema: { type: 'object' } }];
    const asked = await (await model()).sendRequest([question], { tools });
    const parts: unknown[] = [];
    for await (const part of asked.stream) parts.push(part);
    const [text, call] = parts;
    assert.ok(text instanceof vscode.LanguageModelTextPart && text.value === 'Let me see.');
    assert.ok(call instanceof vscode.LanguageModelToolCallPart);
    assert.deepEqual([call.name, call.input], ['read_file', { path: 'a.txt' }]);
    const result = new vscode.LanguageModelToolResultPart(call.callId, [
      new vscode.LanguageModelTextPart('hi'),
    ]);
    const messages = [question, Assistant([call]), User([result])];
    const answer = await (await model()).sendRequest(messages, { tools });
    let said = '';
    for await (const piece of answer.text) said += piece;
    assert.equal(said, 'It says hi.');
  });

  it('fails with the reason as plain text', async () => {
    const answer = async (): Promise<void> => {
      const { text } = await (await model()).sendRequest([vscode.LanguageModelChatMessage.User('fail')]);
      for await (const piece of text) assert.fail(piece);
    };
    await assert.rejects(answer, /failed \(500\): out of \[memory\] \(x\)/);
  });

  it('answers that it is gone when its endpoint was removed', async () => {
    const gone = await model();
    const ask = async (): Promise<void> => {
      const { text } = await gone.sendRequest([vscode.LanguageModelChatMessage.User('Hello')]);
      for await (const _ of text);
    };
    await configuration().update('endpoints', undefined, vscode.ConfigurationTarget.Global);
    // VS Code keeps the picked one for good, so that it is still known.
    await until('the reason', async () => {
      const failure: unknown = await ask().catch((error: unknown) => error);
      return failure instanceof Error && /The endpoint of .* was removed/.test(failure.message);
    });
  });
});
