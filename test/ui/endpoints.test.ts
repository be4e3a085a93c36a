/** A model on a server, from its address to ghost text, with answers that are known to the letter. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ROOT } from '../../scripts/support/paths.ts';
import { freePort } from '../../scripts/support/process.ts';
import { until } from '../../scripts/support/workbench.ts';

import {
  endEvent,
  events,
  type ScriptedHandler,
  type ScriptedServer,
  startScriptedServer,
  textEvent,
} from '../support/scriptedServer.ts';
import { CODE_LINE } from '../support/toyReplies.ts';

import { attachImage, BLOCKS, isForFiles, SEEING, takeBlocks } from './endpointEdits.ts';
import { onStage, stepsOf } from './scenario.ts';

const KEY = 'sk-endpoint-test';
const CODER = 'team/coder:7b';
/** Known by its name as a model that fills in. */
const FILLER = 'qwen2.5-coder:7b';
const REPLY = 'Hello from the server in the office.';
const OLD_LINE = '  return a + b;';
const BODY = `return \`Hello, \${name}!\`;`;

const handler: ScriptedHandler = (request) => {
  const { path, headers, body } = request;
  if (!path.startsWith('/v1/')) return undefined;
  if (headers.authorization !== `Bearer ${KEY}`)
    return { status: 401, json: { error: { message: 'Incorrect API key provided' } } };
  if (path === '/v1/models') {
    const data = [CODER, FILLER, SEEING].map((id) => ({
      id,
      object: 'model',
      architecture: { input_modalities: id === SEEING ? ['text', 'image'] : ['text'] },
    }));
    return { json: { object: 'list', data } };
  }
  if (path === '/v1/completions')
    return { pieces: events({ choices: [{ text: BODY, finish_reason: 'stop' }] }) };
  // The answer to an edit is begun for the model.
  const messages = (body?.['messages'] ?? []) as readonly { readonly role: string }[];
  const isEdit = messages.at(-1)?.role === 'assistant';
  const text = isForFiles(request)
    ? [BLOCKS]
    : isEdit
      ? [CODE_LINE, '\n```']
      : ['Hello from ', 'the server ', 'in the office.'];
  return { pieces: events(...text.map(textEvent), endEvent(), '[DONE]') };
};

/** Ports that the command asks, those first that other programs hardly ever take. */
const USUAL_PORTS = [17434, 12434, 9931, 1234, 11434, 8000];

async function startOnUsualPort(): Promise<ScriptedServer> {
  for (const port of USUAL_PORTS) {
    const server = await startScriptedServer(handler, port).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') return undefined;
      throw error;
    });
    if (server !== undefined) return server;
  }
  throw new Error('Other programs have all the usual ports.');
}

function portOf({ host }: ScriptedServer): string {
  return new URL(`http://${host}`).port;
}

test('endpoints', { timeout: 600_000 }, async (t) => {
  const server = await startScriptedServer(handler);
  t.after(() => server.close());
  const step = stepsOf(t);
  await onStage('endpoints', { extension: ROOT }, async (stage) => {
    const { workbench, shot } = stage;
    const { page } = workbench;

    await step('are added after they have answered, and asked for the key that they want', async () => {
      await workbench.openContainer('OCI Models');
      await workbench.runCommand('OCI Models: Add Endpoint…');
      await workbench.typeIntoInputBox('Add Endpoint', 'http://user:secret@localhost');
      await until('a flaw', async () => /must not have a user name/.test(await workbench.inputBoxMessage()));
      await workbench.typeIntoInputBox('Add Endpoint', server.host);
      await shot('01-address');
      await workbench.acceptInput();
      await workbench.typeIntoInputBox('API key, which', 'wrong');
      await workbench.acceptInput();
      await workbench.typeIntoInputBox('Wrong API Key', KEY);
      await shot('02-key');
      await workbench.acceptInput();
      await workbench.typeIntoInputBox('Type a name', 'Office');
      await workbench.acceptInput();
      await workbench.waitForNotification(/Added Office \(OpenAI-compatible server\)\. It serves 3 models/);
      await workbench.waitForRow(/^Office OpenAI-compatible server/);
      await workbench.waitForRow(/^team\/coder:7b/);
      await workbench.waitForRow(/^qwen2\.5-coder:7b/);
      await shot('03-models');
      await workbench.clearNotifications();
    });

    await step('answer in the chat', async () => {
      await workbench.clickRowMenu(CODER, 'Chat with Local Model');
      await workbench.waitForStatus(CODER);
      assert.equal(await workbench.chat('@local Say hello.'), REPLY);
      await shot('04-chat');
    });

    await step('edit code', async () => {
      await workbench.openFile('math.ts');
      const original = await workbench.editorText();
      await workbench.selectLines(9, 9);
      await workbench.runCommand('OCI Models: Edit with Local Model');
      await workbench.typeIntoThread('Fix the bug.');
      await page.keyboard.press('Enter');
      await workbench.threadLink('Accept').waitFor();
      await shot('05-edit');
      await workbench.threadLink('Accept').click();
      await workbench.thread().waitFor({ state: 'detached' });
      const edited = original.replace(OLD_LINE, CODE_LINE);
      await until('the new text', async () => (await workbench.editorText()) === edited);
    });

    await step('change several files block by block', () => takeBlocks(stage));

    await step('see what is attached', async () => {
      await attachImage(stage, server.requests);
      await workbench.clickRowMenu(CODER, 'Chat with Local Model');
    });

    await step('complete code', async () => {
      await workbench.clickRowMenu(FILLER, 'Use for Code Completions…');
      await page.locator('.statusbar .codicon-edit').waitFor();
      await workbench.openFile('math.ts');
      await workbench.focusEditor();
      for (const key of ['Control+End', 'ArrowUp', 'ArrowUp', 'End', 'Shift+Home', 'Delete'])
        await page.keyboard.press(key);
      const ghost = page.locator('[class*="ghost-text-decoration"]');
      await until('ghost text', async () => (await ghost.allInnerTexts()).join('').includes('Hello'));
      await shot('06-ghost');
      await page.keyboard.press('Escape');
    });

    await step('are edited, and keep their key', async () => {
      await workbench.clickRowMenu('Office', 'Edit Endpoint…');
      await workbench.typeIntoInputBox('Edit Endpoint', 'ftp://localhost');
      await until('a flaw', async () => (await workbench.inputBoxMessage()).includes('http'));
      await shot('07-edit-address');
      await workbench.typeIntoInputBox('Edit Endpoint', server.host);
      await workbench.acceptInput();
      await workbench.typeIntoInputBox('Type a name', 'Lab');
      await workbench.acceptInput();
      await workbench.waitForRow(/^Lab OpenAI-compatible server/);
      await workbench.waitForRow(/^team\/coder:7b/);
    });

    await step('are found on the usual ports of this machine', async () => {
      const usual = await startOnUsualPort();
      t.after(() => usual.close());
      await workbench.runCommand('OCI Models: Find Endpoints on This Machine');
      const list = page.locator('.quick-input-widget');
      await until('the server', async () => (await list.innerText()).includes(`:${portOf(usual)}/v1`));
      assert.match(await list.innerText(), /asks for an API key/);
      await shot('08-found');
      await workbench.acceptInput();
      await workbench.typeIntoInputBox('API key, which', KEY);
      await workbench.acceptInput();
      await workbench.typeIntoInputBox('Type a name', 'Found');
      await workbench.acceptInput();
      await workbench.waitForRow(/^Found OpenAI-compatible server/);
      await shot('09-found-added');
      await workbench.clickRowMenu('Found', 'Remove Endpoint…');
      await workbench.answerDialog('Remove');
    });

    await step('are added while they do not answer, if the user wants that', async () => {
      const closed = `127.0.0.1:${await freePort()}`;
      await workbench.runCommand('OCI Models: Add Endpoint…');
      await workbench.typeIntoInputBox('Add Endpoint', closed);
      await workbench.acceptInput();
      assert.match(await workbench.dialogText(), new RegExp(`Nothing answers at ${closed}`));
      await shot('10-no-answer');
      await workbench.answerDialog('Add Anyway');
      await workbench.typeIntoInputBox('Type a name', 'Away');
      await workbench.acceptInput();
      await workbench.waitForNotification(
        /Added Away\. Its models appear in Local Models as soon as it answers/,
      );
      await workbench.clearNotifications();
      await workbench.waitForRow(/^Away/);
      await workbench.clickRowMenu('Away', 'Remove Endpoint…');
      await workbench.answerDialog('Remove');
    });

    await step('are removed with their key', async () => {
      await workbench.clickRowMenu('Lab', 'Remove Endpoint…');
      assert.match(await workbench.dialogText(), /Remove Lab and its API key/);
      await shot('11-remove');
      await workbench.answerDialog('Remove');
      await until(
        'no endpoint',
        async () => !(await workbench.treeRows()).some((row) => /Lab|coder/.test(row)),
      );
      assert.ok(
        server.requests.every(
          ({ path, headers }) => path === '/v1/models' || headers.authorization === `Bearer ${KEY}`,
        ),
      );
    });
  });
});
