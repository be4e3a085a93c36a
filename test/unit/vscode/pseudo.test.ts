/**
 * A language that nobody speaks: each text of the list is put between ⟦ and ⟧. Whatever a person reads then has the marks,
 * but for names and numbers, or a text was forgotten.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ROOT } from '../../../scripts/support/paths.ts';
import { bundleOfSources } from '../../../scripts/support/texts.ts';
import { SLASH_COMMANDS } from '../../../src/assist/index.ts';
import { ModelError } from '../../../src/base/error.ts';
import { t, useTranslations } from '../../../src/base/l10n.ts';
import { silentLog } from '../../../src/base/log.ts';
import { parseRegistryEntry } from '../../../src/catalog/index.ts';
import { GGUF_KINDS, kindReason } from '../../../src/gguf/index.ts';
import type { Download } from '../../../src/library/index.ts';
import { parseManifest } from '../../../src/oci/spec/manifest.ts';
import { parseReference } from '../../../src/oci/spec/reference.ts';
import type { EndpointStatus, ListedModel, Session } from '../../../src/session/index.ts';
import { changeSetting, clearShown, shownTexts } from '../../support/vscodeStub.ts';

const { LocalView } = await import('../../../src/vscode/views/local/localView.ts');
const { RegistriesView } = await import('../../../src/vscode/views/registries/registriesView.ts');
const { Machine } = await import('../../../src/vscode/window/machine.ts');
const { explain, showError } = await import('../../../src/vscode/window/errors.ts');

const MARKED = /⟦[^⟦⟧]*(?:⟦[^⟦⟧]*⟧[^⟦⟧]*)*⟧/g;

/** The words that are left of a text without what is marked: two letters or more. */
function unmarked(text: string): string[] {
  let rest = text;
  for (let before = ''; before !== rest; ) {
    before = rest;
    rest = rest.replace(/⟦[^⟦⟧]*⟧/g, ' ');
  }
  return rest.match(/\p{L}{2,}/gu) ?? [];
}

/** @param names words that are no text of ours. */
function assertTranslated(texts: readonly unknown[], names: readonly string[]): void {
  const words = new Set(names.flatMap((name) => name.match(/\p{L}{2,}/gu) ?? []));
  for (const text of texts) {
    if (typeof text !== 'string') continue;
    assert.deepEqual(
      unmarked(text).filter((word) => !words.has(word)),
      [],
      text,
    );
  }
}

/** Units, which are the same in every language. */
const UNITS = ['MB', 'kB', 'GB', 'MiB'];

function errorOf(action: () => unknown): ModelError {
  try {
    action();
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
  throw new Error('nothing failed');
}

describe('in a language that nobody speaks', () => {
  before(async () => {
    const texts = Object.keys(await bundleOfSources());
    useTranslations(Object.fromEntries(texts.map((text) => [text, `⟦${text}⟧`])));
  });
  after(() => useTranslations(undefined));

  test('marks are told from what has none', () => {
    assert.deepEqual(unmarked('⟦a ⟦b⟧ c⟧ word 5 ⟦x⟧'), ['word']);
    assert.ok('⟦Hello {0}⟧'.match(MARKED));
  });

  const failures: readonly (readonly [what: string, action: () => unknown, names: readonly string[]])[] = [
    ['no reference', () => parseReference('a b'), ['a b']],
    ['no tag', () => parseReference('ghcr.io/org/model:a!'), ['ghcr.io/org/model:a!']],
    ['a login in it', () => parseReference('https://user:secret@r.example/a'), []],
    ['no registry', () => parseRegistryEntry('docker.io'), ['docker.io', 'docker.io/ai']],
    ['no manifest', () => parseManifest(Buffer.from('[]')), []],
    ['no JSON', () => parseManifest(Buffer.from('{')), []],
  ];
  for (const [what, action, names] of failures) {
    test(`a failure is: ${what}`, () => {
      const explanation = explain(errorOf(action));
      assert.ok(explanation);
      assertTranslated([explanation.message, ...explanation.repairs.map(({ title }) => title)], names);
    });
  }

  test('a failure that nobody expected', () => {
    clearShown();
    showError(new TypeError('boom'), silentLog);
    assertTranslated(shownTexts(), ['boom']);
  });

  test('every kind of GGUF', () =>
    assertTranslated(
      GGUF_KINDS.map((kind) => kindReason(kind)),
      ['GGUF', 'LoRA'],
    ));

  test('rows of Local Models', async () => {
    const reference = parseReference('docker.io/ai/smollm2:135M');
    const model = {
      id: 'docker.io/ai/smollm2:135M',
      reference,
      name: 'smollm2',
      tag: '135M',
      label: 'smollm2:135M',
      manifestDigest: 'sha256:0',
      sizeBytes: 1e6,
      modelPath: '/m',
      infill: false,
      pulledAt: 0,
    } satisfies Partial<ListedModel> as ListedModel;
    const download = { id: 'x', reference, size: 2e6, doneBytes: 1e6, updatedAt: Date.now() } as Download;
    const states = ['unloaded', 'loading', 'ready', 'generating', 'crashed'] as const;
    for (const state of states) {
      const session = {
        onDidChange: () => () => {},
        onDidChangeDownloads: () => () => {},
        list: async () => [model],
        downloads: async () => [download],
        endpoints: () => [],
        diskUse: async () => ({ modelBytes: 1e6, downloadBytes: 1e6, folder: '/f' }),
        stateOf: () => state,
      } as unknown as Session;
      const view = new LocalView(session, new Machine(async () => undefined));
      const top = await view.getChildren();
      const below = (await Promise.all(top.map((node) => view.getChildren(node)))).flat();
      assert.deepEqual(
        [...top, ...below].map(({ kind }) => kind),
        ['downloads', 'model', 'usage', 'download'],
      );
      for (const node of [...top, ...below]) {
        const item = await view.getTreeItem(node);
        const names = [...UNITS, 'smollm2:135M', 'docker.io/ai/smollm2:135M', 'sha256:0', '/f'];
        assertTranslated([item.label, item.description, item.tooltip], names);
      }
      view.dispose();
    }
  });

  test('rows of endpoints', async () => {
    const NEVER = { isCancellationRequested: false, onCancellationRequested: () => ({ dispose: () => {} }) };
    const endpoint = { name: 'Office', url: 'http://office:8000/v1' };
    const abilities = { tools: true, vision: true, thinking: true, infill: true };
    const label = 'coder';
    const model = { id: 'x', label, model: label, endpoint, contextTokens: 4096, abilities };
    const statuses: EndpointStatus[] = [
      { endpoint, models: [], isAsking: true },
      { endpoint, server: 'vLLM', models: [model], isAsking: false },
      { endpoint, server: 'vLLM', models: [], isAsking: false },
      { endpoint, models: [], problem: t('Canceled.'), isAsking: false },
      { endpoint, models: [], problem: t('Canceled.'), isDenied: true, isAsking: false },
    ];
    const session = {
      onDidChange: () => () => {},
      onDidChangeDownloads: () => () => {},
      list: async () => [],
      downloads: async () => [],
      endpoints: () => statuses,
      diskUse: async () => undefined,
      isLoaded: () => true,
    } as unknown as Session;
    const view = new LocalView(session, new Machine(async () => undefined));
    const names = ['Office', 'http://office:8000/v1', 'vLLM', label, ...UNITS];
    let shown = 0;
    const show = async (nodes: Awaited<ReturnType<typeof view.getChildren>>): Promise<void> => {
      for (const node of nodes) {
        const item = await view.getTreeItem(node);
        await view.resolveTreeItem(item, node, NEVER);
        assertTranslated([item.label, item.description, item.tooltip], names);
        shown++;
        await show(await view.getChildren(node));
      }
    };
    await show(await view.getChildren());
    assert.equal(shown, 1 + statuses.length + 1);
    view.dispose();
  });

  test('rows of Registries', async () => {
    await changeSetting('ociModels.registries', ['r.example/org', 'docker.io']);
    const services = {
      registry: () => ({
        tags: async () => [],
        repositories: async (_: string, { onCut }: { onCut?: () => void }) => {
          onCut?.();
          return ['org/one'];
        },
      }),
      models: { onDidChangeModels: () => () => {}, find: async () => undefined },
      machine: new Machine(async () => undefined),
      log: silentLog,
    };
    const view = new RegistriesView(services as unknown as ConstructorParameters<typeof RegistriesView>[0]);
    const names = ['r.example/org', 'org/one', 'docker.io/ai'];
    const show = async (nodes: Awaited<ReturnType<typeof view.getChildren>>): Promise<void> => {
      for (const node of nodes) {
        const item = await view.getTreeItem(node);
        assertTranslated([item.label, item.description, item.tooltip], names);
        await show(await view.getChildren(node));
      }
    };
    await show(await view.getChildren());
    view.dispose();
    await changeSetting('ociModels.registries', undefined);
  });

  test('titles, settings and views of package.json', async () => {
    const manifest = await readFile(join(ROOT, 'package.json'), 'utf8');
    const titles = JSON.parse(await readFile(join(ROOT, 'package.nls.json'), 'utf8')) as Record<
      string,
      string
    >;
    const { contributes } = JSON.parse(manifest) as { contributes: object };
    const literal: string[] = [];
    const visit = (value: unknown, key: string): void => {
      if (typeof value === 'object' && value !== null)
        for (const [name, inner] of Object.entries(value)) visit(inner, Array.isArray(value) ? key : name);
      else if (/^(title|description|markdownDescription|enumDescriptions|contents|name|fullName)$/.test(key))
        if (typeof value === 'string' && !value.startsWith('%')) literal.push(`${key}: ${value}`);
    };
    visit(contributes, '');
    // The product's name, and those of the participant and its commands, which people type.
    const typed = ['local', ...SLASH_COMMANDS.map(({ name }) => name)].map((name) => `name: ${name}`);
    assert.deepEqual(new Set(literal), new Set(['title: OCI Models', ...typed]));
    for (const [, key = ''] of manifest.matchAll(/"%([^%]+)%"/g)) assert.ok(titles[key] !== undefined, key);
  });
});
