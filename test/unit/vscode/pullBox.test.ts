import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, type TestContext, test } from 'node:test';
import { silentLog } from '../../../src/base/log.ts';
import { formatReference, type Reference, RegistryClient } from '../../../src/oci/index.ts';
import { recentNames as namesIn } from '../../../src/vscode/window/recentTexts.ts';
import { sendJson, startFakeRegistry } from '../../support/fakeRegistry.ts';
import type { QuickPickStub } from '../../support/quickPickStub.ts';
import { until } from '../../support/until.ts';
import { clearShown, shown } from '../../support/vscodeStub.ts';

const { askForModelToPull } = await import('../../../src/vscode/pullBox/pullBox.ts');

const { tagRows } = await import('../../../src/vscode/pullBox/tagRows.ts');
const { TagLists } = await import('../../../src/vscode/pullBox/tagLists.ts');

const MACHINE = { availableBytes: 3e9, totalBytes: 8e9, gpu: undefined };

/** The client of tests in which no registry may be asked. */
function unasked(): RegistryClient {
  throw new Error('No registry may be asked.');
}

/** A box of a machine that was asked for `names` before. */
function openBox(names: readonly string[] = [], client = unasked, readClipboard?: () => Promise<string>) {
  const kept = new Map<string, unknown>([['pull.names', names]]);
  const recentNames = namesIn({
    get: (key) => kept.get(key),
    update: async (key, value) => void kept.set(key, value),
  });
  const answer: Promise<Reference | undefined> = askForModelToPull({
    recentNames,
    machine: { memory: async () => MACHINE },
    connections: { client },
    readClipboard,
    output: silentLog,
  });
  const box = shown.at(-1)?.args[0] as QuickPickStub;
  return { box, answer, recentNames };
}

async function chosenBy(answer: Promise<Reference | undefined>): Promise<string | undefined> {
  const reference = await answer;
  return reference && formatReference(reference);
}

describe('the pull box', () => {
  beforeEach(() => clearShown());
  afterEach(() => {
    for (const { args } of shown) (args[0] as QuickPickStub).hide();
  });

  test('an empty Enter stays open', async () => {
    const { box, answer } = openBox();
    box.enter();
    assert.equal(box.isOpen, true);
    box.type('  ');
    box.enter();
    assert.equal(box.isOpen, true);
    box.hide();
    assert.equal(await answer, undefined);
  });

  test('lists names of before and suggestions with size and verdict', async () => {
    const { box, answer } = openBox(['ghcr.io/org/model:tag', 'gemma3:4B-Q4_K_M', 'no name at all']);
    await until(() => box.items.some(({ description }) => description?.includes('·') === true));
    const rows = new Map(box.items.map(({ label, description }) => [label, description]));
    assert.equal(rows.get('$(sparkle) smollm2:360M-Q4_K_M'), '269 MB · runs on the CPU');
    assert.equal(rows.get('$(sparkle) qwen2.5:7B-Q4_K_M'), '4.7 GB · does not fit');
    // A name stands in one list only, and one that is none in neither.
    assert.deepEqual(
      box.labels().filter((label) => /gemma3:4B|no name|org\/model/.test(label)),
      ['$(history) ghcr.io/org/model:tag', '$(history) gemma3:4B-Q4_K_M'],
    );
    box.moveTo('$(history) ghcr.io/org/model:tag');
    box.enter();
    assert.equal(await chosenBy(answer), 'ghcr.io/org/model:tag');
  });

  test('suggests a model that is named on the clipboard, which is read once the box is open', async () => {
    const openAtLooks: boolean[] = [];
    const { box, answer } = openBox([], unasked, async () => {
      openAtLooks.push(shown.some(({ args }) => (args[0] as QuickPickStub).isOpen));
      return 'docker model run ai/smollm2:135M-Q4_0';
    });
    const row = '$(clippy) docker.io/ai/smollm2:135M-Q4_0';
    await until(() => box.labels().includes(row));
    assert.deepEqual(box.labels().slice(0, 3), [
      '$(edit) Type or paste a model name, or choose one',
      'on the clipboard',
      row,
    ]);
    // Enter in an empty box still pulls nothing.
    box.enter();
    assert.equal(box.isOpen, true);
    box.type('gemma3');
    box.type('');
    await until(() => box.labels().includes(row));
    assert.deepEqual(openAtLooks, [true]);
    box.moveTo(row);
    box.enter();
    assert.equal(await chosenBy(answer), 'docker.io/ai/smollm2:135M-Q4_0');
  });

  test('keeps quiet about any other text, and about a clipboard that cannot be read', async () => {
    for (const read of [async () => 'hunter2', () => Promise.reject(new Error('denied'))]) {
      const { box } = openBox([], unasked, read);
      await until(() => box.items.some(({ description }) => description?.includes('·') === true));
      assert.doesNotMatch(box.labels().join('\n'), /clip|hunter2|denied/);
      box.hide();
    }
  });

  test('takes what is typed, and puts it first among the names of before', async () => {
    const { box, answer, recentNames } = openBox(['gemma3:4B-Q4_K_M']);
    box.type('docker model pull ai/SmolLM2');
    assert.equal(box.labels()[0], '$(cloud-download) Pulls docker.io/ai/smollm2:latest');
    box.enter();
    assert.equal(await chosenBy(answer), 'docker.io/ai/smollm2:latest');
    assert.deepEqual(recentNames.all, ['smollm2:latest', 'gemma3:4B-Q4_K_M']);
  });

  test('says what is wrong with a text, and stays open', async () => {
    const { box } = openBox();
    box.type('ai/Not A Name');
    assert.match(box.labels()[0] ?? '', /^\$\(error\) .*it contains white space/);
    box.enter();
    assert.equal(box.isOpen, true);
  });

  test('takes the text if Enter is faster than its rows', async () => {
    const { box, answer } = openBox(['gemma3:4B-Q4_K_M']);
    box.moveTo('$(history) gemma3:4B-Q4_K_M');
    box.value = 'smollm2';
    box.enter();
    assert.equal(await chosenBy(answer), 'docker.io/ai/smollm2:latest');
  });

  test('keeps the row that the user moved to when verdicts arrive', async () => {
    const { box, answer } = openBox();
    const label = '$(sparkle) llama3.2:1B-Q8_0';
    box.moveTo(label);
    await until(() => box.items.some(({ description }) => description?.includes('·') === true));
    assert.deepEqual(
      box.activeItems.map((item) => item.label),
      [label],
    );
    box.enter();
    assert.equal(await chosenBy(answer), 'docker.io/ai/llama3.2:1B-Q8_0');
  });

  test('remembers ten names, each once', async () => {
    const { recentNames } = openBox();
    for (let at = 0; at < 12; at++) await recentNames.add(`model${at}`);
    await recentNames.add('model5');
    assert.deepEqual(recentNames.all.slice(0, 3), ['model5', 'model11', 'model10']);
    assert.equal(recentNames.all.length, 10);
  });
});

/** A registry in which every repository has `tags`, and what it was asked for. */
async function serveTags(t: TestContext, tags: readonly string[]) {
  const server = await startFakeRegistry((_request, response) => sendJson(response, 200, { tags }));
  const registry = new RegistryClient({ retryBaseMs: 1 });
  t.after(async () => {
    await registry.close();
    await server.close();
  });
  return {
    host: server.host,
    client: () => registry,
    asked: () => server.requests.map(({ url = '' }) => url).filter((url) => url.includes('/tags/list')),
  };
}

const LIST = ['latest', '360M-Q4_K_M', '360M-Q8_0', '135M-Q2_K'];

describe('the tags of a typed repository', () => {
  beforeEach(() => clearShown());
  afterEach(() => {
    for (const { args } of shown) (args[0] as QuickPickStub).hide();
  });
  const hasRow = (box: QuickPickStub, text: string) => (): boolean =>
    box.items.some(({ label, description = '' }) => `${label} ${description}`.includes(text));

  test('are listed once, with the recommended one first; a row is pulled', async (t) => {
    const { host, client, asked } = await serveTags(t, LIST);
    const { box, answer } = openBox([], client);
    box.type(`${host}/ai/smol`);
    box.type(`${host}/ai/smollm2`);
    assert.deepEqual(box.labels(), [`$(cloud-download) Pulls ${host}/ai/smollm2:latest`]);
    await until(hasRow(box, 'recommended'));
    assert.deepEqual(
      box.items.map(({ label, description }) => [label, description]),
      [
        [`$(cloud-download) Pulls ${host}/ai/smollm2:latest`, undefined],
        [`tags of ${host}/ai/smollm2`, undefined],
        ['$(star-full) 360M-Q8_0', 'Q8_0 · recommended'],
        ['$(tag) latest', ''],
        ['$(tag) 135M-Q2_K', 'Q2_K'],
        ['$(tag) 360M-Q4_K_M', 'Q4_K_M'],
      ],
    );
    box.type(`${host}/ai/smollm2:360M-`);
    await until(hasRow(box, 'recommended'));
    assert.deepEqual(box.labels().slice(2), ['$(star-full) 360M-Q8_0', '$(tag) 360M-Q4_K_M']);
    // Nobody asked for what was typed on the way.
    assert.deepEqual(
      asked().map((url) => url.split('?')[0]),
      ['/v2/ai/smollm2/tags/list'],
    );
    box.moveTo('$(tag) 360M-Q4_K_M');
    box.enter();
    assert.equal(await chosenBy(answer), `${host}/ai/smollm2:360M-Q4_K_M`);
  });

  test('are named if the typed one is not among them', async (t) => {
    const { host, client } = await serveTags(t, LIST);
    const { box } = openBox([], client);
    box.type(`${host}/ai/smollm2:nope`);
    await until(hasRow(box, `${host}/ai/smollm2 has no tag “nope”; it has these`));
    assert.equal(box.items.length, 2 + LIST.length);
  });

  test('are at most 200 rows, and the rest is counted', async (t) => {
    const { host, client } = await serveTags(
      t,
      Array.from({ length: 205 }, (_, at) => `v${at}`),
    );
    const { box } = openBox([], client);
    box.type(`${host}/ai/many:v`);
    await until(hasRow(box, '5 more tags'));
    assert.equal(box.items.length, 2 + 200 + 1);
    box.moveTo('$(ellipsis) 5 more tags; type the beginning of one');
    box.enter();
    assert.equal(box.isOpen, true);
  });

  test('are not asked for a digest', () => {
    const { box } = openBox();
    box.type(`localhost:1/ai/model@sha256:${'0'.repeat(64)}`);
    assert.equal(box.items.length, 1);
  });

  test('that cannot be listed say why, and the name can be pulled', async (t) => {
    const { client } = await serveTags(t, []);
    const { box, answer } = openBox([], client);
    box.type('127.0.0.1:1/ai/model');
    await until(hasRow(box, 'The tags of 127.0.0.1:1/ai/model are not known'));
    assert.match(box.items.at(-1)?.detail ?? '', /Nothing answers at 127\.0\.0\.1:1/);
    box.enter();
    assert.equal(await chosenBy(answer), '127.0.0.1:1/ai/model:latest');
  });

  test('of a box that was closed are not asked for', async (t) => {
    const { host, client, asked } = await serveTags(t, LIST);
    const closed = openBox([], client);
    closed.box.type(`${host}/ai/closed`);
    closed.box.hide();
    // The other box, which is younger, has had its pause when its rows are there.
    const open = openBox([], client);
    open.box.type(`${host}/ai/open`);
    await until(hasRow(open.box, 'recommended'));
    assert.ok(asked().every((url) => url.includes('/ai/open/')));
  });

  test('of a registry that does not answer end with a sentence', async (t) => {
    const server = await startFakeRegistry(() => {});
    const registry = new RegistryClient({ retryBaseMs: 1 });
    t.after(async () => {
      await registry.close();
      await server.close();
    });
    const lists = new TagLists(() => registry, 20);
    const reference = { registry: server.host, repository: 'ai/model', tag: 'latest' };
    await assert.rejects(lists.load(reference, new AbortController().signal), {
      code: 'offline',
      message: `${server.host} did not list them in time.`,
    });
    assert.equal(lists.known(reference), undefined);
  });

  test('have size, verdict and quantization; the best of them that fits is recommended', () => {
    const reference = { registry: 'docker.io', repository: 'ai/qwen2.5', tag: 'latest' };
    const tags = [
      { tag: '7B-Q4_K_M', bytes: 4.7e9 },
      { tag: '1B-Q4_K_M', bytes: 0.8e9 },
    ];
    const rows = tagRows(reference, undefined, { tags, isCut: true }, MACHINE).map(
      ({ label, description }) => [label, description],
    );
    assert.deepEqual(rows, [
      // A list that was cut off may have the tag.
      ['tags of qwen2.5', undefined],
      ['1B-Q4_K_M', '800 MB · runs on the CPU · Q4_K_M · recommended'],
      ['7B-Q4_K_M', '4.7 GB · does not fit · Q4_K_M'],
      ['More tags are not listed; type the one that you want', undefined],
    ]);
  });
});
