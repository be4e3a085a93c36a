/** A live llama-server with SmolLM2 in the real editor: a chat, an edit, and a call of a tool. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ROOT } from '../../scripts/support/paths.ts';
import { runExtensionTests } from '../support/extensionHost.ts';
import { onStage } from '../ui/scenario.ts';
import { ensureLlamaServer, startLlamaServer } from './llamaServer.ts';
import { ensureSmolLm } from './smollm.ts';

const attempt = await ensureLlamaServer(console.log).then(
  (program) => ({ program, why: false as const }),
  (error: Error) => ({ program: '', why: error.message }),
);
const MODEL = 'smollm2:135m';

describe('a live llama-server in the editor', { skip: attempt.why }, () => {
  test('answers in the chat and edits code', { timeout: 600_000 }, async () => {
    const model = await ensureSmolLm();
    // The name has no folder of this machine.
    await using server = await startLlamaServer(attempt.program, { model, args: ['--alias', MODEL] });
    const endpoints = [{ name: 'llama-server', url: `${server.url}/v1` }];
    const source = { extension: ROOT, settings: () => ({ 'ociModels.endpoints': endpoints }) };
    await onStage('interop-llama-server', source, async ({ workbench, shot }) => {
      await workbench.openContainer('OCI Models');
      await workbench.waitForRow(/^llama-server/);
      await workbench.clickRowMenu(MODEL, 'Chat with Local Model');
      await workbench.waitForStatus(MODEL);
      // The command writes this into the box, over what was typed before it came.
      await workbench.page.locator('.interactive-input-part .view-line', { hasText: '@local' }).waitFor();
      const answer = await workbench.chat('@local Say hello.', 180_000);
      assert.match(answer, /\w{2}/);
      const asked = await workbench.page.locator('.interactive-request').last().innerText();
      assert.match(asked, /Say hello\./);
      await shot('01-chat');

      await workbench.openFile('math.ts');
      await workbench.selectLines(9, 9);
      await workbench.runCommand('OCI Models: Edit with Local Model');
      await workbench.typeIntoThread('Return the difference of a and b.');
      await workbench.page.keyboard.press('Enter');
      // A model of this size may write nothing that fits; then it says so at the line, and nothing changes.
      await workbench.threadLink('Accept').or(workbench.threadLink('Retry')).first().waitFor();
      await shot('02-edit');
    });
  });

  test('calls a tool for another extension', { timeout: 600_000 }, async (t) => {
    const model = await ensureSmolLm();
    await using server = await startLlamaServer(attempt.program, { model, args: ['--alias', MODEL] });
    const { failed } = await runExtensionTests((line) => t.diagnostic(line), {
      settings: { 'ociModels.endpoints': [{ name: 'llama-server', url: `${server.url}/v1` }] },
      env: { OCI_MODELS_TEST_LIVE: '1' },
      picture: 'interop-llama-server/03-tool',
    });
    assert.equal(failed, 0);
  });
});
