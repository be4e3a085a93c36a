/** A live llama-server in VS Code's own model API, as other extensions use it; run by test/interop/editor.test.ts. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { note } from './notes.ts';
import { pickerModels, until } from './support.ts';

describe('a model on a live server', () => {
  const { User, Assistant } = vscode.LanguageModelChatMessage;

  async function model(): Promise<vscode.LanguageModelChat> {
    await until('the model of the server', async () =>
      (await pickerModels()).some((id) => id.startsWith('endpoint:')),
    );
    const found = (await vscode.lm.selectChatModels({ vendor: 'oci-models' })).find(({ id }) =>
      id.startsWith('endpoint:'),
    );
    assert.ok(found);
    return found;
  }

  it('calls the tool that is required, and goes on with its result', async () => {
    const inputSchema = {
      type: 'object',
      properties: { path: { type: 'string', enum: ['a.txt', 'b.txt'] } },
      required: ['path'],
    };
    const tools = [{ name: 'read_file', description: 'Reads a file.', inputSchema }];
    const question = User('Read the file b.txt.');
    const asked = await (await model()).sendRequest([question], {
      tools,
      toolMode: vscode.LanguageModelChatToolMode.Required,
      modelOptions: { temperature: 0 },
    });
    const calls: vscode.LanguageModelToolCallPart[] = [];
    for await (const part of asked.stream) {
      if (part instanceof vscode.LanguageModelToolCallPart) calls.push(part);
    }
    const [call] = calls;
    assert.ok(call);
    assert.equal(call.name, 'read_file');
    assert.match(String(Object(call.input).path), /^[ab]\.txt$/);
    const result = new vscode.LanguageModelToolResultPart(call.callId, [
      new vscode.LanguageModelTextPart('The file has one word: hello.'),
    ]);
    const messages = [question, Assistant([call]), User([result])];
    const answer = await (await model()).sendRequest(messages, { modelOptions: { temperature: 0 } });
    let said = '';
    for await (const piece of answer.text) said += piece;
    assert.match(said, /\w{2}/);
    note(`called ${call.name}(${JSON.stringify(call.input)}), and then said: ${said.slice(0, 200)}`);
    void vscode.window.showInformationMessage(`Called ${call.name}(${JSON.stringify(call.input)}).`);
  });
});
