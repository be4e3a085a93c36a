/** Looking after the store: unfinished downloads, verification, models of other tools, deletion. */
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { ROOT } from '../../scripts/support/paths.ts';
import { until } from '../../scripts/support/workbench.ts';
import { digestOf } from '../../src/oci/spec/digest.ts';
import { buildDockerModel } from '../support/dockerModel.ts';
import { pushModel } from '../support/pushModel.ts';
import { writeToyGguf } from '../support/toyGguf.ts';
import { CHAT_REPLY } from '../support/toyReplies.ts';
import { changeSetting, holdLine, onStage, type Stage, stepsOf } from './scenario.ts';

const FIXTURE = join(ROOT, 'test/fixtures/tinycode-q8_0.gguf');

let ollama: string;

/** Ollama's folder with one model, as Ollama leaves it. */
before(async () => {
  ollama = await mkdtemp(join(tmpdir(), 'oci-models-ollama-'));
  const put = async (bytes: Buffer, mediaType: string) => {
    const digest = digestOf(bytes);
    await mkdir(join(ollama, 'blobs'), { recursive: true });
    await writeFile(join(ollama, 'blobs', digest.replace(':', '-')), bytes);
    return { mediaType, digest, size: bytes.length };
  };
  // Other bytes than those of the registry's model: they come behind the tensors.
  const weights = Buffer.concat([await readFile(FIXTURE), Buffer.alloc(1000, 1)]);
  const layers = [await put(weights, 'application/vnd.ollama.image.model')];
  const config = await put(
    Buffer.from('{"model_format":"gguf","model_family":"llama","model_type":"4.0M","file_type":"Q8_0"}'),
    'application/vnd.docker.container.image.v1+json',
  );
  const mediaType = 'application/vnd.docker.distribution.manifest.v2+json';
  const manifest = join(ollama, 'manifests/registry.ollama.ai/library/tinycoder/latest');
  await mkdir(dirname(manifest), { recursive: true });
  await writeFile(manifest, JSON.stringify({ schemaVersion: 2, mediaType, config, layers }));
});
after(() => rm(ollama, { recursive: true, force: true }));

async function pull({ workbench }: Stage, reference: string, tag = ':latest'): Promise<void> {
  await workbench.runCommand('OCI Models: Pull OCI Model');
  await workbench.typeIntoInputBox('Pull OCI Model', reference);
  await until('the full name', async () => (await workbench.inputBoxMessage()).includes(tag));
  await workbench.acceptInput();
}

/** Changes one byte in the middle of the largest blob. */
async function damage(store: string, digest: string): Promise<void> {
  const path = join(store, 'blobs', digest.replace(':', '/'));
  await chmod(path, 0o644);
  const file = await open(path, 'r+');
  await file.write(Buffer.from([0xff, 0x00, 0xff]), 0, 3, Math.floor((await stat(path)).size / 2));
  await file.close();
}

/** A text with one space between its words. */
async function flat(locator: Locator): Promise<string> {
  return (await locator.innerText({ timeout: 1_000 })).replace(/\s+/g, ' ');
}

test('looking after the store', async (t) => {
  const source = { extension: ROOT, env: { OLLAMA_MODELS: ollama } };
  const step = stepsOf(t);
  await onStage('store', source, async (stage) => {
    const { workbench, server, host, slowHost, store, workspace, shot } = stage;
    const { page } = workbench;

    await step('an unfinished download is a row, and goes on from there', async () => {
      await workbench.openContainer('OCI Models');
      const release = holdLine(stage);
      await pull(stage, `${slowHost}/ai/tinycode`);
      await workbench.waitForNotification(/[1-9][0-9.]* (kB|MB)? ?of/);
      await workbench.expandRow('Unfinished Downloads');
      await workbench.waitForRow(/tinycode.*of 4\.0 MB/);
      await shot('01-downloading');
      await workbench.clickNotification('Cancel');
      release();
      await workbench.waitForRow(/tinycode.*paused/);
      // The welcome is hidden by the row, and its buttons are not missed.
      await workbench.row('Pull a Model…').click();
      await page.locator('.quick-input-widget:visible', { hasText: 'Pull OCI Model' }).waitFor();
      await page.keyboard.press('Escape');
      await shot('02-stopped');
      await workbench.clickRowAction('tinycode:latest', 'Resume Download');
      await workbench.waitForNotification(/was pulled and is ready/);
      await workbench.clearNotifications();
      await until('no unfinished download', async () =>
        (await workbench.treeRows()).every((row) => !row.includes('Unfinished')),
      );
    });

    await step('a damaged model is found, shown, and pulled again', async () => {
      await pull(stage, `${host}/ai/tinycode`);
      await workbench.waitForNotification(/already on this machine/);
      await workbench.clearNotifications();
      await damage(store, digestOf(await readFile(FIXTURE)));
      await workbench.runCommand('OCI Models: Verify Local Models');
      const summary = await workbench.waitForNotification(/2 of 2 models are damaged/);
      assert.match(summary, /tinycode/);
      await workbench.waitForRow(/tinycode.*damaged/);
      await shot('03-damaged');
      await workbench.clickNotification('Pull Again');
      // Of several messages at the same moment VS Code puts some into the bell only, so the rows tell.
      await until(
        'two rows, none of them damaged',
        async () => {
          const rows = (await workbench.treeRows()).filter((row) => row.includes('tinycode'));
          return rows.length === 2 && rows.every((row) => !row.includes('damaged'));
        },
        60_000,
      );
      // The second pull has nothing left to do, and says so.
      await workbench.page.waitForTimeout(1_500);
      await workbench.clearNotifications();
      await workbench.runCommand('OCI Models: Verify Local Models');
      await workbench.waitForNotification(/2 models checked: all are intact/);
      await workbench.clearNotifications();
    });

    await step('a tag that was pushed again is an update, with its size and a badge', async () => {
      const newer = join(dirname(store), 'newer.gguf');
      await writeToyGguf(newer, { reply: CHAT_REPLY, name: 'Newer' });
      await pushModel(host, 'ai/tinycode', 'latest', await buildDockerModel([newer]));
      const row = 'tinycode:latest';
      const badge = page.locator('.activitybar .action-item', {
        has: page.locator('[aria-label*="OCI Models"]'),
      });
      await workbench.runCommand('OCI Models: Check for Updates');
      // The two names would download the same file, once.
      await workbench.waitForNotification(/2 models have newer versions \(\+1\d\d kB\)/);
      await workbench.waitForRow(new RegExp(`^${row} ${host} · update · \\+[\\d.]+ kB · 4\\.0 MB`));
      await until('the badge', async () => (await badge.innerText()).trim() === '2');
      await shot('04-update');
      await workbench.clearNotifications();
      await workbench.clickRowAction(`${row}, ${host}`, 'Update');
      await workbench.waitForNotification(/tinycode:latest was pulled and is ready/);
      await workbench.waitForRow(new RegExp(`^${row} ${host} · [\\d.]+ kB · Q8_0 · not loaded`));
      // The other name of the same tag keeps what it has until it is updated too.
      await workbench.waitForRow(new RegExp(`^${row} ${slowHost} · update · `));
      await until('a smaller badge', async () => (await badge.innerText()).trim() === '1');
      await shot('04-updated');
      await workbench.clearNotifications();
    });

    await step('a model of Ollama is imported', async () => {
      await workbench.runCommand('OCI Models: Import Models from Other Tools');
      const entry = page.locator('.quick-input-list .monaco-list-row', { hasText: 'tinycoder' });
      await entry.waitFor();
      // The box fades in.
      await page.waitForTimeout(500);
      await shot('05-import');
      await entry.locator('input[type="checkbox"], .monaco-checkbox').first().click();
      await workbench.acceptInput();
      await workbench.waitForRow(/tinycoder/);
      await workbench.waitForNotification(/tinycoder|imported/i);
      await shot('06-imported');
      await workbench.clearNotifications();
    });

    await step('a model keeps options of its own, which say what they replace', async () => {
      const row = (label: string) => page.locator('.quick-input-list .monaco-list-row', { hasText: label });
      const describedAs = (label: string, text: RegExp) =>
        until(`${label} to be ${text}`, async () => text.test(await row(label).innerText()));
      await workbench.clickRowMenu('tinycoder:latest', 'Options of Model…');
      await describedAs('Context size', /8192[\s\S]*from the settings/);
      await row('Context size').click();
      await workbench.typeIntoInputBox('Context size', '1.5');
      await until('the flaw', async () => (await workbench.inputBoxMessage()).includes('not a whole number'));
      await workbench.typeIntoInputBox('Context size', '1024');
      await workbench.acceptInput();
      await describedAs('Context size', /1024[\s\S]*yours; otherwise 8192/);
      await row('Keep loaded').click();
      await describedAs('Keep loaded', /yes/);
      await shot('07-options');
      await page.keyboard.press('Escape');
      await workbench.clickRowMenu('tinycoder:latest', 'Options of Model…');
      await row('Reset All').click();
      await describedAs('Context size', /8192/);
      await page.keyboard.press('Escape');
    });

    await step('a model of this machine is inspected from its row, without its registry', async () => {
      await workbench.clickRowMenu('tinycoder:latest', 'Inspect Model…');
      const list = page.locator('.quick-input-list');
      await until('the facts', async () => /Memory[\s\S]*are free/.test(await list.innerText()));
      await shot('07-inspected');
      await page.keyboard.press('Escape');
    });

    await step(
      'the page about disk use has what each model takes, at any width and in high contrast',
      async () => {
        await workbench.row('Disk Use').click();
        const frame = page.frameLocator('iframe.webview').frameLocator('iframe#active-frame');
        const body = frame.locator('body');
        await until('the models of other tools', async () => /Ollama 4\.0 MB 1 model/.test(await flat(body)));
        const text = await flat(body);
        assert.match(
          text,
          /tinycoder:latest 4\.0 MB Deleting it frees \d+ B; 4\.0 MB stay because .* Delete…/,
        );
        assert.match(
          text,
          new RegExp(`tinycode:latest \\(${host}\\) [\\d.]+ kB Deleting it frees [\\d.]+ kB\\.`),
        );
        await page.setViewportSize({ width: 1280, height: 800 });
        await shot('07-disk-use');
        await changeSetting(server, 'workbench.colorTheme', 'Default High Contrast');
        await frame.locator('body.vscode-high-contrast').waitFor();
        await page.setViewportSize({ width: 1024, height: 768 });
        await shot('07-disk-use-narrow');
        await frame.getByLabel('Delete tinycoder:latest').press('Enter');
        assert.match(await workbench.dialogText(), /Delete tinycoder:latest from this machine/);
        await workbench.answerDialog('Cancel');
        await changeSetting(server, 'workbench.colorTheme', undefined);
        await page.setViewportSize({ width: 1400, height: 900 });
        await workbench.runCommand('View: Close Editor');
      },
    );

    await step('a deletion says first what it frees', async () => {
      await workbench.clickRowMenu('tinycoder:latest', 'Delete Model…');
      const text = await workbench.dialogText();
      // The weights are the same file as Ollama's.
      assert.match(text, /Delete tinycoder:latest from this machine\? This frees \d+ B; 4\.0 MB stay/);
      await shot('08-delete');
      await workbench.answerDialog('Delete');
      await workbench.waitForNotification(/Deleted tinycoder/);
      await workbench.clearNotifications();
      const left = await stat(join(ollama, 'manifests/registry.ollama.ai/library/tinycoder/latest'));
      assert.ok(left.isFile(), 'Ollama keeps its own');
    });

    await step('a Compose file says what is here of its models, and offers the rest once', async () => {
      const file = `models:\n  here:\n    model: ${host}/ai/tinycode\n  missing:\n    model: ${host}/ai/toy:chat\n`;
      await writeFile(join(workspace, 'compose.yaml'), file);
      await workbench.openFile('compose.yaml');
      await workbench.waitForNotification(/names a model that is not on this machine: .*toy:chat/);
      const lenses = page.locator('.editor-group-container.active .codelens-decoration');
      await until('two lenses', async () => (await lenses.count()) === 2);
      await until('the states', async () => {
        const texts = (await lenses.allInnerTexts()).map((text) => text.replace(/\s+/g, ' '));
        return (
          /On this machine.*Chat with This Model/.test(texts[0] ?? '') &&
          /Pull OCI Model.*Inspect/.test(texts[1] ?? '')
        );
      });
      await shot('09-compose');
      await workbench.clearNotifications();
      await lenses.nth(1).locator('a', { hasText: 'Pull OCI Model' }).click();
      await workbench.waitForNotification(/toy:chat was pulled and is ready/);
      await until('both on this machine', async () =>
        (await lenses.allInnerTexts()).every((text) => text.includes('Chat with This Model')),
      );
      await workbench.clearNotifications();
      const container = `{\n\t// Ours.\n\t"customizations": { "oci-models": { "models": [\n\t\t"${host}/ai/tinycode",\n\t] } },\n}\n`;
      await writeFile(join(workspace, '.devcontainer.json'), container);
      await workbench.openFile('.devcontainer.json');
      await until('the lens of the dev container', async () => {
        const texts = await lenses.allInnerTexts();
        return texts.length === 1 && texts[0]?.includes('Chat with This Model') === true;
      });
      await shot('09-dev-container');
    });

    await step('a link pulls after its full name was confirmed', async () => {
      const open = async (query: string): Promise<void> => {
        await workbench.runCommand('Developer: Open URL');
        await workbench.typeIntoInputBox('URL', `code-oss://oci-models.oci-models/pull?${query}`);
        await workbench.acceptInput();
      };
      await open(`ref=${host}/ai/toy:code`);
      // VS Code asks before it hands a link to an extension for the first time.
      await until('VS Code’s question', async () => (await workbench.dialogText()).includes('open this URI'));
      // Ours may be there before this one is seen to go.
      await page.locator('.monaco-dialog-box').getByRole('button', { name: 'Open', exact: true }).click();
      await until('our question', async () =>
        (await workbench.dialogText()).includes(`Pull ${host}/ai/toy:code?`),
      );
      await shot('10-link');
      await workbench.answerDialog('Pull');
      await workbench.waitForNotification(/toy:code was pulled and is ready/);
      await workbench.clearNotifications();
    });

    await step('selected rows are deleted together, by a key', async () => {
      await workbench.row('toy:chat').click();
      await workbench.row('toy:code').click({ modifiers: ['ControlOrMeta'] });
      await page.keyboard.press('Delete');
      assert.match(await workbench.dialogText(), /Delete 2 models from this machine\? .* toy:chat toy:code/);
      await shot('11-delete-two');
      await workbench.answerDialog('Delete');
      await workbench.waitForNotification(/Deleted 2 models and freed/);
      await until('no row of them', async () =>
        (await workbench.treeRows()).every((row) => !/^toy\b/.test(row)),
      );
    });

    await t.test('pulls wait in a queue, whose order is changed by rows and the Palette', async () => {
      await workbench.clearNotifications();
      // Not a byte comes of the first two, which are small.
      let isReleased = false;
      stage.line.holdAt(stage.line.sentBytes(), () => isReleased);
      for (const tag of ['chat', 'code', 'fim', 'files']) await pull(stage, `${slowHost}/ai/toy:${tag}`, tag);
      await workbench.waitForRow(/^Unfinished Downloads/);
      await workbench.expandRow('Unfinished Downloads');
      await workbench.waitForRow(/^toy:fim 1st in the queue/);
      await workbench.waitForRow(/^toy:files 2nd in the queue/);
      await shot('12-queue');
      await workbench.clickRowAction('toy:files', 'Download Next');
      await workbench.waitForRow(/^toy:files 1st in the queue/);
      await workbench.runCommand('OCI Models: Remove from Queue');
      const rows = page.locator('.quick-input-list .monaco-list-row');
      await rows.filter({ hasText: 'toy:fim' }).waitFor();
      await page.waitForTimeout(500);
      await shot('12-queue-list');
      await rows.filter({ hasText: 'toy:fim' }).click();
      await until('one that waits', async () =>
        (await workbench.treeRows()).every((row) => !row.startsWith('toy:fim')),
      );
      isReleased = true;
      // Of several messages at the same moment VS Code puts some into the bell only.
      await workbench.waitForRow(/^toy 3 tags/);
    });
  });
});
