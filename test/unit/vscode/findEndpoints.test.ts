/** Servers on the usual ports of this machine, without opening one of them. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { ModelError } from '../../../src/base/error.ts';
import { asLocalized } from '../../../src/base/l10n.ts';
import type { FoundEndpoint } from '../../../src/engine/index.ts';
import type { EndpointEntry } from '../../../src/session/index.ts';
import type { CommandServices } from '../../../src/vscode/commands/services.ts';
import { answers, changeSetting, clearShown, shown } from '../../support/vscodeStub.ts';

const { findEndpoints } = await import('../../../src/vscode/commands/endpoint/find.ts');

const OLLAMA: FoundEndpoint = {
  url: 'http://localhost:11434/v1',
  server: 'Ollama',
  models: [{ id: 'qwen3:4b', abilities: {} }],
};

/** Runs the command where the servers of `found` answer, by port. */
async function find(found: Readonly<Record<string, FoundEndpoint | ModelError>>): Promise<EndpointEntry[]> {
  const saved: EndpointEntry[] = [];
  const endpointBook = {
    find: async (url: URL) => {
      const answer = found[url.port] ?? new ModelError('offline', asLocalized('Nothing answers.'));
      if (answer instanceof ModelError) throw answer;
      return answer;
    },
    save: async (entry: EndpointEntry) => void saved.push(entry),
  };
  await findEndpoints.run({ endpointBook } as unknown as CommandServices, undefined);
  return saved;
}

function messages(): unknown[] {
  return shown.filter(({ name }) => name === 'showInformationMessage').map(({ args }) => args[0]);
}

describe('finding endpoints on this machine', () => {
  beforeEach(() => clearShown());
  afterEach(async () => changeSetting('ociModels.endpoints', undefined));

  test('offers all that answer, and those that want a key, and adds what was picked', async () => {
    answers.push(([ollama]: unknown[]) => [ollama]);
    const denied = new ModelError('endpoint-denied', asLocalized('It wants a key.'));
    const saved = await find({ '11434': OLLAMA, '8000': denied });
    const rows = shown
      .filter(({ name }) => name === 'showQuickPick')
      .flatMap(({ args }) => args[0] as { label: string; description: string; detail: string }[]);
    assert.deepEqual(
      rows.map(({ label, description, detail }) => [label, description, detail]),
      [
        ['Ollama', 'http://localhost:11434/v1', 'qwen3:4b'],
        ['vLLM', 'http://localhost:8000/v1', 'asks for an API key'],
      ],
    );
    assert.deepEqual(saved, [{ name: 'Ollama', url: OLLAMA.url }]);
  });

  test('says that there is none, or none that is new', async () => {
    assert.deepEqual(await find({}), []);
    await changeSetting('ociModels.endpoints', [{ name: 'Mine', url: OLLAMA.url }]);
    assert.deepEqual(await find({ '11434': OLLAMA }), []);
    const [none, known] = messages();
    assert.match(String(none), /No server answers on the usual ports/);
    assert.match(String(known), /All servers that answer on this machine are added already/);
  });
});
