/** The page about disk use: numbers and names as text, no scripts, and only the links that are allowed. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import { ModelError } from '../../../../src/base/error.ts';
import { asLocalized } from '../../../../src/base/l10n.ts';
import { silentLog } from '../../../../src/base/log.ts';
import type { Download } from '../../../../src/library/index.ts';
import type { ListedModel } from '../../../../src/session/index.ts';
import { ModelStore } from '../../../../src/store/index.ts';
import type { DiskFacts } from '../../../../src/vscode/diskUse/page.ts';
import { buildDockerModel } from '../../../support/dockerModel.ts';
import { addLocalModel } from '../../../support/localModel.ts';
import { writeToyGguf } from '../../../support/toyGguf.ts';
import { until } from '../../../support/until.ts';
import { clearShown, shown, type WebviewPanelStub } from '../../../support/vscodeStub.ts';

const page = await import('../../../../src/vscode/diskUse/page.ts');
const { htmlPage } = await import('../../../../src/vscode/window/page.ts');
const { DiskUsePanel } = await import('../../../../src/vscode/diskUse/diskUse.ts');

beforeEach(clearShown);

function diskPage(facts: DiskFacts, language: string, nonce: string): string {
  return htmlPage(page.diskPage(facts), language, nonce);
}

const EMPTY = { models: [], contentBytes: 0, sharedBytes: 0, unneededBytes: 0 };
const FACTS: DiskFacts = {
  folder: '/models',
  freeBytes: 5e9,
  report: {
    models: [
      {
        id: 'docker.io/ai/a:x',
        ownBytes: 3e6,
        sharedBytes: 1e6,
        sharedWith: ['docker.io/ai/b:y'],
        sharesWithMore: false,
        freedBytes: 3e6,
      },
      {
        id: 'docker.io/ai/b:y',
        ownBytes: 0,
        sharedBytes: 1e6,
        sharedWith: ['docker.io/ai/a:x'],
        sharesWithMore: false,
        freedBytes: 0,
      },
    ],
    contentBytes: 4e6,
    sharedBytes: 1e6,
    unneededBytes: 0,
  },
  labels: new Map([
    ['docker.io/ai/a:x', 'a:x'],
    ['docker.io/ai/b:y', 'b:y'],
  ]),
  downloads: [],
  quarantineBytes: 0,
  stateBytes: 0,
  tools: [],
};

/** The text of a page as it is read. */
function textOf(html: string): string {
  return html
    .replace(/<(style|head|title)[\s\S]*?<\/\1>/g, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replace(/\s+/g, ' ');
}

describe('the page about disk use', () => {
  test('has every model with its size, what it shares, and what deleting it frees', () => {
    const html = diskPage(FACTS, 'en', 'n');
    const text = textOf(html);
    assert.match(text, /4\.0 MB in \/models\. 5\.0 GB are free on this disk\./);
    assert.match(text, /a:x 4\.0 MB Deleting it frees 3\.0 MB\. 1\.0 MB shared with b:y\. Delete…/);
    assert.match(text, /b:y 1\.0 MB Deleting it frees no space\. 1\.0 MB shared with a:x\. Delete…/);
    assert.match(text, /shared with other models, 1\.0 MB in all, counted once above/);
    // The widest bar is the largest model: three quarters of its own, the rest shared.
    assert.match(html, /class="own" width="75\.00%".*class="shared" x="75\.00%" width="25\.00%"/);
    assert.match(html, /class="own" width="0\.00%".*class="shared" x="0\.00%" width="25\.00%"/);
  });

  test('has downloads, damaged content, states and other tools, and counts them as theirs', () => {
    const download = {
      id: 'docker.io/ai/c:z',
      digests: [],
      size: 2e6,
      doneBytes: 1e6,
    } as unknown as Download;
    const running = { ...download, id: 'ghcr.io/d/e:f', active: 'another' } as Download;
    const text = textOf(
      diskPage(
        {
          ...FACTS,
          report: { ...FACTS.report, contentBytes: 4_500_000, unneededBytes: 500_000 },
          downloads: [download, running],
          quarantineBytes: 3e6,
          stateBytes: 2e6,
          tools: [{ tool: 'Ollama', models: 2, bytes: 7e9 }],
        },
        'en',
        'n',
      ),
    );
    assert.match(text, /^.* 11\.5 MB in/);
    assert.equal(text.match(/Remove…/g)?.length, 1);
    assert.match(text, /1\.0 of 2\.0 MB downloading/);
    assert.match(
      text,
      /Content of no model 500 kB .*Set aside as damaged 3\.0 MB .*States of conversations 2\.0 MB/,
    );
    assert.match(text, /Ollama 7\.0 GB 2 models/);
  });

  test('lists the largest of thousands, and says how many there are more', () => {
    const [model] = FACTS.report.models;
    assert.ok(model !== undefined);
    const models = Array.from({ length: 5000 }, (_, index) => ({ ...model, id: `m${index}` }));
    const downloads = Array.from(
      { length: 501 },
      (_, index) => ({ id: `d${index}`, digests: [], size: 2e6, doneBytes: 1e6 }) as unknown as Download,
    );
    const facts = { ...FACTS, report: { ...FACTS.report, models }, downloads };
    const html = diskPage(facts, 'en', 'n');
    const text = textOf(html);
    assert.match(text, / m499 .* 4500 smaller models are not listed here, but in Local Models\./);
    assert.match(text, / d499 .* 1 more is not listed here, but in Local Models\./);
    assert.ok(!text.includes(' m500 ') && !text.includes(' d500 '));
    // All of them count: the kept content, and a megabyte of each download.
    assert.match(text, /505 MB in/);
    assert.ok(html.length < 1e6, `${html.length}`);
  });

  test('says what stays on the disk when a model is deleted whose files other programs have', () => {
    const share = {
      id: 'm',
      ownBytes: 4e6,
      sharedBytes: 0,
      sharedWith: [],
      sharesWithMore: false,
      freedBytes: 500,
    };
    const text = textOf(diskPage({ ...FACTS, report: { ...EMPTY, models: [share] } }, 'en', 'n'));
    assert.match(text, /Deleting it frees 500 B; 4\.0 MB stay because something else uses them\./);
  });

  test('says what is not known yet, and that there is nothing', () => {
    const empty = { ...FACTS, report: EMPTY, freeBytes: undefined };
    const text = textOf(diskPage({ ...empty, tools: undefined }, 'en', 'n'));
    assert.match(
      text,
      /0 B in \/models\. Refresh Models There is no model on this machine yet\. .* Looking…/,
    );
    assert.doesNotMatch(text, /free on this disk|Unfinished|Other Files/);
    assert.match(textOf(diskPage(empty, 'en', 'n')), /No models of other tools were found\./);
  });

  test('shows hostile names as text', () => {
    const id = 'evil.example/a"><script>alert(1)</script>:\u202ex';
    const share = { id, ownBytes: 1, sharedBytes: 1, sharedWith: [id], sharesWithMore: false, freedBytes: 1 };
    const html = diskPage(
      {
        ...FACTS,
        folder: '/<b>&"\'',
        report: { ...EMPTY, models: [share] },
        labels: new Map([[id, '<img src=x onerror=y>']]),
        tools: [{ tool: '<iframe>', models: 1, bytes: 1 }],
      },
      'en"><script>',
      'nonce',
    );
    assert.doesNotMatch(html, /<script|<img|<iframe|<b>|\u202e/);
    assert.match(html, /content="default-src 'none'; style-src 'nonce-nonce'"/);
    const allowed = /^command:ociModels\.(?:disk\.show|model\.delete\?[\w%.!~*'()-]*)$/;
    for (const [, href = ''] of html.matchAll(/href="([^"]*)"/g)) assert.match(href, allowed);
    const [, query = ''] = /model\.delete\?([^"]*)"/.exec(html) ?? [];
    assert.deepEqual(JSON.parse(decodeURIComponent(query)), [id]);
    // The policy has no exception for styles on elements.
    assert.doesNotMatch(html.replace(/"[^"]*"/g, ''), /<[^>]*\s(?:style|on\w+)=/);
  });
});

describe('the panel', () => {
  test('is one, follows the models of a real store, and looks at other folders', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'oci-models-disk-use-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const store = await ModelStore.open(join(folder, 'store'));
    const states = join(folder, 'states');
    await mkdir(join(states, 'states-1'), { recursive: true });
    await writeFile(join(states, 'states-1', 'a'), Buffer.alloc(2_000_000));
    await mkdir(join(folder, 'store', 'quarantine'), { recursive: true });
    await writeFile(join(folder, 'store', 'quarantine', `sha256-${'a'.repeat(64)}`), Buffer.alloc(3_000_000));
    const listeners: (() => void)[] = [];
    const models = {
      list: async () =>
        (await store.references()).map(() => ({ id: '', label: '' })) as unknown as ListedModel[],
      downloads: async () => [],
      onDidChangeModels: (listener: () => void) => {
        listeners.push(listener);
        return () => {};
      },
      onDidChangeDownloads: () => () => {},
    };
    const services = {
      store: async () => store,
      models,
      stateFolder: states,
      layouts: () => [],
      log: silentLog,
    };
    const panel = new DiskUsePanel(services);
    t.after(() => panel.dispose());
    // Nothing is read before the page is asked for.
    for (const listener of listeners) listener();
    assert.equal(shown.length, 0);
    await panel.show();
    const opened = shown[0]?.args[0] as WebviewPanelStub;
    assert.match(textOf(opened.webview.html), /Set aside as damaged 3\.0 MB .* conversations 2\.0 MB/);
    assert.deepEqual(opened.args[3], {
      enableScripts: false,
      enableCommandUris: ['ociModels.disk.show', 'ociModels.model.delete', 'ociModels.download.remove'],
      localResourceRoots: [],
    });

    const gguf = join(folder, 'toy.gguf');
    await writeToyGguf(gguf, { reply: 'Hello.' });
    await addLocalModel(store, 'toy:a', await buildDockerModel([gguf]));
    for (const listener of listeners) listener();
    await until(() => textOf(opened.webview.html).includes('docker.io/ai/toy:a'));
    await panel.show();
    assert.equal(shown.length, 1);
    opened.dispose();
    await panel.show();
    assert.equal(shown.length, 2);
  });

  test('reads the disk once at a time, and once more after many changes', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'oci-models-disk-use-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const store = await ModelStore.open(join(folder, 'store'));
    let change = (): void => {};
    let reads = 0;
    let wait: Promise<void> | undefined;
    const panel = new DiskUsePanel({
      store: async () => store,
      models: {
        list: async () => {
          reads++;
          await wait;
          return [];
        },
        downloads: async () => [],
        onDidChangeModels: (listener: () => void) => {
          change = listener;
          return () => {};
        },
        onDidChangeDownloads: () => () => {},
      },
      stateFolder: join(folder, 'states'),
      layouts: () => [],
      log: silentLog,
    });
    t.after(() => panel.dispose());
    await panel.show();
    const before = reads;
    let release = (): void => {};
    wait = new Promise((resolve) => {
      release = resolve;
    });
    for (let count = 0; count < 50; count++) change();
    await until(() => reads > before);
    for (let count = 0; count < 50; count++) change();
    assert.equal(reads, before + 1);
    release();
    await until(() => reads === before + 2);
    // Nothing is left to do when the panel has been asked for again.
    await panel.show();
    assert.equal(reads, before + 4);
    const opened = shown[0]?.args[0] as WebviewPanelStub;
    opened.dispose();
    change();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(reads, before + 4);
  });

  test('stays closed if the store cannot be read', async () => {
    const panel = new DiskUsePanel({
      store: async () => {
        throw new ModelError('store-error', asLocalized('The store is gone.'));
      },
      models: {
        list: async () => [],
        downloads: async () => [],
        onDidChangeModels: () => () => {},
        onDidChangeDownloads: () => () => {},
      },
      stateFolder: '/nowhere',
      layouts: () => [],
      log: silentLog,
    });
    await assert.rejects(panel.show(), { code: 'store-error' });
    const [opened] = shown.flatMap(({ args }) => args as WebviewPanelStub[]);
    assert.equal(opened?.webview.html, '');
    assert.ok(opened.isDisposed);
  });
});
