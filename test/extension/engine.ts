import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import { CHAT_REPLY } from '../support/toyReplies.ts';
import { note } from './notes.ts';
import { pickerModels, REGISTRY, until } from './support.ts';

const MODEL = (): string => `${REGISTRY}/ai/toy:chat`;

/** VS Code asks for its models anew when one came or went, and has none for a moment then. */
async function toy(): Promise<vscode.LanguageModelChat> {
  let model: vscode.LanguageModelChat | undefined;
  await until('the toy among the models', async () => {
    [model] = await vscode.lm.selectChatModels({ vendor: 'oci-models', id: MODEL() });
    return model !== undefined;
  });
  assert.ok(model, (await pickerModels()).join(', '));
  return model;
}

async function ask(question: string, modelOptions: Record<string, unknown> = {}): Promise<string> {
  const model = await toy();
  const messages = [vscode.LanguageModelChatMessage.User(question)];
  const response = await model.sendRequest(messages, { modelOptions });
  let text = '';
  for await (const piece of response.text) text += piece;
  return text;
}

describe('a local model', () => {
  it('is loaded and unloaded by command', async () => {
    await vscode.commands.executeCommand('ociModels.model.load', MODEL());
    await vscode.commands.executeCommand('ociModels.model.unload', MODEL());
  });

  it('answers through VS Code’s own model API, to the letter', async () => {
    const started = performance.now();
    assert.equal(await ask('Hello?'), CHAT_REPLY);
    note(`loaded and answered in ${Math.round(performance.now() - started)} ms`);
  });

  it('answers as the options of a request want it', async () => {
    const cut = await ask('Hello?', { max_tokens: 2 });
    assert.ok(cut !== '' && cut !== CHAT_REPLY && CHAT_REPLY.startsWith(cut), cut);
    const hot = { temperature: 10, top_k: 0, top_p: 1, seed: 1 };
    assert.notEqual(await ask('Hello?', hot), CHAT_REPLY);
    assert.equal(await ask('Hello?', { ...hot, top_k: 1 }), CHAT_REPLY);
    assert.equal(await ask('Hello?', { temperature: 'hot', top_k: -7, stop: 7 }), CHAT_REPLY);
  });

  it('counts tokens exactly once it is loaded', async () => {
    const model = await toy();
    // The toy's vocabulary has one token for each byte of a text that is none of its words.
    assert.equal(await model.countTokens('xyzzy'), 5);
  });

  it('answers again after its process was killed', async () => {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)]);
    const engines = stdout.split('\n').filter((line) => line.includes('engineHost.mjs'));
    // The one that answers, and one that is ready for the next model.
    assert.equal(engines.length, 2, stdout);
    for (const engine of engines) process.kill(Number.parseInt(engine, 10), 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(await ask('Are you still there?'), CHAT_REPLY);
  });

  it('stops at once when its answer is cancelled', async () => {
    const model = await toy();
    const source = new vscode.CancellationTokenSource();
    source.cancel();
    await assert.rejects(async () => {
      const response = await model.sendRequest(
        [vscode.LanguageModelChatMessage.User('Hi')],
        {},
        source.token,
      );
      for await (const piece of response.text) assert.fail(`answered ${piece}`);
    });
  });

  it('gives the whole answer or an error, whenever it is cancelled', async () => {
    const model = await toy();
    for (const delayMs of [0, 1, 2, 5, 10, 20, 40, 80]) {
      const source = new vscode.CancellationTokenSource();
      setTimeout(() => source.cancel(), delayMs);
      let answer = '';
      let failed = false;
      try {
        const messages = [vscode.LanguageModelChatMessage.User('Hi')];
        const response = await model.sendRequest(messages, {}, source.token);
        for await (const piece of response.text) answer += piece;
      } catch {
        failed = true;
      }
      assert.ok(failed || answer === CHAT_REPLY, `ended with “${answer}” after ${delayMs} ms`);
      source.dispose();
    }
  });

  it('does not load the engine into the extension host', () => {
    const report = process.report.getReport() as unknown as { sharedObjects: string[] };
    assert.deepEqual(
      report.sharedObjects.filter((name) => /llama|ggml/.test(name)),
      [],
    );
  });
});
