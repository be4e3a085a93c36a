/**
 * What a hostile registry, model file and model say, in a real VS Code: it is shown as text, nothing of it is a link, and
 * a click on it runs nothing.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { until } from '../../scripts/support/workbench.ts';
import { MediaType } from '../../src/oci/spec/descriptor.ts';
import { digestOf } from '../../src/oci/spec/digest.ts';
import { type BuiltModel, buildDockerModel } from '../support/dockerModel.ts';
import { modelHandler, sendJson, startFakeRegistry } from '../support/fakeRegistry.ts';
import { writeToyGguf } from '../support/toyGguf.ts';
import { bareModel, gguf, text, type Value } from '../unit/gguf/writer.ts';
import { changeSetting, type Stage, stepsOf } from './scenario.ts';

type Pairs = readonly (readonly [string, Value])[];

/** A link that would run a program, which makes a file. */
function runLink(label: string, file: string): string {
  const config = { config: { executable: '/usr/bin/touch', args: [file] } };
  return `[${label}](command:workbench.action.terminal.new?${encodeURIComponent(JSON.stringify(config))})`;
}

/** A file that is no model, under the name that `oras push` would give it. */
function filesManifest(title: string): Buffer {
  const layer = {
    mediaType: 'application/octet-stream',
    digest: digestOf(Buffer.from(title)),
    size: 10,
    annotations: { 'org.opencontainers.image.title': title },
  };
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MediaType.imageManifest,
      artifactType: 'application/vnd.example',
      config: { mediaType: MediaType.empty, digest: digestOf(Buffer.from('{}')), size: 2 },
      layers: [layer],
    }),
  );
}

async function buildGguf(folder: string, name: string, pairs: Pairs): Promise<BuiltModel> {
  const path = join(folder, `${name}.gguf`);
  await writeFile(path, gguf({ pairs, tensors: [{ name: 'token_embd.weight', sizes: [64, 64] }] }));
  return buildDockerModel([path]);
}

const MESSAGE = '.notifications-toasts .notification-list-item-message';

function isPlace(value: unknown): value is { readonly x: number; readonly y: number } {
  return typeof value === 'object' && value !== null && 'x' in value && 'y' in value;
}

/** Clicks in the middle of a notification's words, where the link would be, and looks for links in it. */
async function clickWords({ workbench: { page } }: Stage, words: string): Promise<void> {
  const message = page.locator(MESSAGE, { hasText: words }).first();
  // It slides in: a click before that would miss.
  await page.waitForTimeout(500);
  assert.equal(await message.locator('a').count(), 0, 'a link in the notification');
  // The words' own place: the middle of the message may be beside them.
  const place: unknown = await page.evaluate(`(() => {
    const label = ${JSON.stringify(words)};
    for (const element of document.querySelectorAll(${JSON.stringify(MESSAGE)})) {
      const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        const at = node.textContent.indexOf(label);
        if (at < 0) continue;
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + label.length);
        const { x, y, width, height } = range.getClientRects()[0];
        return { x: x + width / 2, y: y + height / 2 };
      }
    }
  })()`);
  assert.ok(isPlace(place), 'the words are shown');
  await page.mouse.click(place.x, place.y);
}

async function pull({ workbench }: Stage, reference: string): Promise<void> {
  await workbench.runCommand('OCI Models: Pull OCI Model');
  await workbench.typeIntoInputBox('Pull OCI Model', reference);
  await workbench.acceptInput();
}

/** Registries of strangers, whose text is shown as text. */
export async function showHostileText(t: TestContext, stage: Stage): Promise<void> {
  const step = stepsOf(t);
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-hostile-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const pwned = join(folder, 'pwned');
  const link = (label: string): string => runLink(label, pwned);
  const spoof = '\u202egnp.exe\u001b[31m $(error)';
  const leaks: string[] = [];
  const leak = await startFakeRegistry((request, response) => {
    leaks.push(request.url ?? '');
    response.end();
  });
  t.after(() => leak.close());

  const reply =
    `![leak](http://${leak.host}/md.png) ${link('Click here')} <img src="http://${leak.host}/html.png"> ` +
    `<a href="command:workbench.action.showCommands">html</a> $(sync~spin)`;
  const chatPath = join(folder, 'chat.gguf');
  await writeToyGguf(chatPath, { reply, name: link('Name') });
  const built: Readonly<Record<string, BuiltModel>> = {
    'evil/chat': await buildDockerModel([chatPath], { quantization: `${link('Q4')} $(error)`.slice(0, 150) }),
    'evil/arch': await buildGguf(folder, 'arch', bareModel(link('Update'))),
    'evil/key': await buildGguf(folder, 'key', [
      ...bareModel('llama'),
      [link('Repair'), text('a')],
      [link('Repair'), text('b')],
    ]),
    'evil/license': await buildGguf(folder, 'license', [
      ['general.license', text(`${link('License')} ${spoof}`)],
      ...bareModel('llama'),
    ]),
  };
  const answer = (request: IncomingMessage, response: ServerResponse): unknown => {
    const path = request.url ?? '';
    const [, repository = '', kind] = /^\/v2\/(.+?)\/(manifests|blobs|tags)\//.exec(path) ?? [];
    if (path.startsWith('/v2/_catalog'))
      return sendJson(response, 200, { repositories: ['evil/license', link('repository'), 'evil/$(error)'] });
    if (kind === 'tags')
      return sendJson(response, 200, { name: repository, tags: ['x', link('tag'), spoof] });
    if (repository === 'evil/denied')
      return sendJson(response, 403, {
        errors: [{ code: 'DENIED', message: `${link('Sign in again')} ${spoof}` }],
      });
    if (repository === 'evil/file') {
      const manifest = filesManifest(`${link('File')}${spoof}.gguf`);
      if (kind === 'manifests')
        return response.writeHead(200, { 'content-type': MediaType.imageManifest }).end(manifest);
      return response.end('{}');
    }
    const model = built[repository];
    if (model !== undefined) return modelHandler(model)(request, response);
    return sendJson(response, 404, {});
  };
  const fake = await startFakeRegistry((request, response) => void answer(request, response));
  t.after(() => fake.close());

  await changeSetting(stage.server, 'ociModels.registries', [fake.host]);
  const { workbench, shot } = stage;
  const { page } = workbench;
  await workbench.openContainer('OCI Models');

  const cases: readonly (readonly [repository: string, words: string, sentence: RegExp])[] = [
    ['evil/denied', 'Sign in again', /denied access to .*\[Sign in again\] \(command:/],
    ['evil/arch', 'Update', /was not pulled.*does not know the architecture "\[Update\]/],
    ['evil/key', 'is not a usable GGUF model', /is not a usable GGUF model/],
    ['evil/file', 'File', /has a file named "\[File\]/],
  ];
  for (const [repository, words, sentence] of cases) {
    await step(`in the notification about ${repository}`, async (t) => {
      await pull(stage, `${fake.host}/${repository}:x`);
      const shown = await workbench.waitForNotification(new RegExp(`^(?!.*Cancel ).*(?:${sentence.source})`));
      t.diagnostic(shown);
      assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}]/u);
      await clickWords(stage, words);
      await shot(repository.slice(5));
      await workbench.clearNotifications();
    });
  }

  await step('in the first row of a list, which says what is typed', async () => {
    await workbench.runCommand('OCI Models: Pull OCI Model');
    await workbench.typeIntoInputBox('Pull OCI Model', `${link('Typed')} $(error)`);
    await until('an error', async () => (await workbench.inputBoxMessage()).includes('Typed'));
    const row = page.locator('.quick-input-widget .monaco-list-row').first();
    // VS Code's element for a label is an anchor, which leads nowhere.
    assert.equal(await row.locator('a[href], a[data-href], .codicon-sync').count(), 0);
    // The icon of the row itself.
    assert.equal(await row.locator('.label-name .codicon').count(), 1);
    await shot('input');
    await row.click();
    await page.keyboard.press('Escape');
  });

  await step('in rows, a tooltip and the list of what a model is', async () => {
    await workbench.expandRow(fake.host);
    await workbench.expandRow('evil/license');
    const tag = workbench.row('x');
    await tag.waitFor();
    assert.deepEqual(
      (await workbench.treeRows()).filter((row) => /command|error|exe/.test(row)),
      [],
      'names that cannot stand in a reference are no rows',
    );
    const tooltip = page.locator('.monaco-hover', { hasText: 'Architecture' });
    await until('the tooltip', async () => {
      await page.mouse.move(700, 450);
      await tag.hover();
      await page.waitForTimeout(1500);
      return (await tooltip.count()) > 0;
    });
    assert.match(await tooltip.first().innerText(), /License/);
    assert.equal(await tooltip.first().locator('a, .codicon-error').count(), 0);
    await shot('tooltip');
    await page.mouse.move(700, 450);
    await workbench.clickRowMenu('x', 'Inspect Model');
    const row = page.locator('.quick-input-widget .monaco-list-row', { hasText: 'License' }).first();
    await row.waitFor();
    assert.equal(await row.locator('a[href], .codicon-error').count(), 0);
    await shot('inspect');
    await page.keyboard.press('Escape');
  });

  await step('in the chat: links, pictures and HTML of an answer do nothing', async (t) => {
    await pull(stage, `${fake.host}/evil/chat:x`);
    await workbench.waitForNotification(/was pulled and is ready/);
    await workbench.clearNotifications();
    const shown = await workbench.chat('@local Hello');
    t.diagnostic(shown);
    const response = page.locator('.interactive-response').last();
    await shot('chat');
    for (const label of ['Click here', 'html']) await response.getByText(label).first().click();
    assert.equal(await response.locator('img[src*="png"]').count(), 0);
    assert.equal(await response.locator('a[href^="command:"], a[data-href^="command:"]').count(), 0);
    assert.equal(await response.locator('.codicon-sync').count(), 0);
    await shot('chat-clicked');
  });

  // A command that was started by a click is done before this one is offered.
  await workbench.runCommand('Notifications: Clear All Notifications');
  assert.equal(existsSync(pwned), false, 'a click on foreign text ran a program');
  assert.equal(await page.locator('.terminal-wrapper, .xterm').count(), 0);
  assert.deepEqual(leaks, [], 'an answer reached a server');
}
