import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { parseReference } from '../../../src/oci/index.ts';
import type { CommandServices } from '../../../src/vscode/commands/services.ts';
import { clearShown, shown } from '../../support/vscodeStub.ts';

const { openModelPage } = await import('../../../src/vscode/commands/model/openPage.ts');

/** The addresses that a browser was asked to open. */
async function opened(argument: unknown): Promise<string[]> {
  await openModelPage.run({} as CommandServices, argument);
  return shown.filter(({ name }) => name === 'openExternal').map(({ args }) => String(args[0]));
}

describe('Open Model Page', () => {
  beforeEach(() => clearShown());

  const rows: readonly [name: string, row: unknown, page: readonly string[]][] = [
    [
      'a repository',
      { kind: 'repository', entry: { host: 'docker.io', namespace: 'ai' }, repository: 'ai/smollm2' },
      ['https://hub.docker.com/r/ai/smollm2'],
    ],
    [
      'a tag',
      { kind: 'tag', reference: parseReference('quay.io/org/model:tag') },
      ['https://quay.io/repository/org/model'],
    ],
    [
      'a local model',
      { kind: 'model', model: { id: 'registry.ollama.ai/library/llama3.2:1b' } },
      ['https://ollama.com/library/llama3.2:1b'],
    ],
    ['a tag of a registry without pages', { kind: 'tag', reference: parseReference('r.example/a:b') }, []],
    ['nothing', undefined, []],
  ];
  for (const [name, row, page] of rows) {
    test(`on ${name} opens ${page[0] ?? 'nothing'}`, async () => assert.deepEqual(await opened(row), page));
  }
});
