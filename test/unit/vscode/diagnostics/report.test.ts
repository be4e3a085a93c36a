/** “Copy Diagnostics” has what an issue needs, and no path. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DiagnosticFacts } from '../../../../src/vscode/diagnostics/report.ts';
import { diagnosticsText, withoutPaths } from '../../../../src/vscode/diagnostics/report.ts';
import { NetworkLedger } from '../../../../src/vscode/window/networkLedger.ts';

describe('a message without paths', () => {
  for (const [text, expected] of [
    ['Cannot write /home/ada/models/x.gguf (ENOSPC).', 'Cannot write <path> (ENOSPC).'],
    ['Cannot write C:\\Users\\ada\\x.gguf.', 'Cannot write <path>.'],
    ['in ~/models', 'in <path>'],
    ['GET https://r.example:5000/v2/a/blobs/x?sig=1 → 404', 'GET https://r.example:5000/… → 404'],
    ['https://ada:pass@r.example/v2 and http://r.example?a=b', 'https://r.example/… and http://r.example/…'],
    ['file:///home/ada/x, untitled:/home/ada/y', '<path>, <path>'],
    ["C:\\Users\\Ada O'Hara\\x is gone", '<path>'],
    ['Cannot read “/Users/ada/Application Support/x” (EACCES).', 'Cannot read “<path>” (EACCES).'],
    ['docker.io/ai/smollm2:latest was not pulled.', 'docker.io/ai/smollm2:latest was not pulled.'],
    ['3 and/or 4', '3 and/or 4'],
  ] as const) {
    // Named by what is left: the other part of the run looks for secrets in names as well.
    test(expected, () => assert.equal(withoutPaths(text), expected));
  }
});

test('the report has all parts, also of a machine on which nothing works', () => {
  const nothing: DiagnosticFacts = {
    versions: [['OCI Models', '0.1.0']],
    memory: undefined,
    cores: 2,
    models: [],
    disk: undefined,
    hasOwnFolder: true,
    endpoints: [],
    logins: [['docker.io', undefined]],
    network: [],
    problems: ['error: /secret/folder is full'],
  };
  const text = diagnosticsText(nothing);
  for (const says of [
    /^## Versions\n\n- OCI Models: 0\.1\.0\n/,
    /chosen by the user/,
    /docker\.io: none/,
    /error: <path>\n/,
  ])
    assert.match(text, says);
  assert.doesNotMatch(text, /secret/);
});

test('the report tells models, endpoints, logins and the network', () => {
  let now = 5;
  const ledger = new NetworkLedger(() => now++);
  const exchange = { host: 'r.example', kind: 'list', receivedBytes: 1000, failed: false } as const;
  ledger.add(exchange);
  ledger.add({ ...exchange, failed: true });
  ledger.add({ ...exchange, host: 'cdn.example', kind: 'content' });
  assert.deepEqual(
    ledger.entries.map(({ host, requests, failures, receivedBytes }) => [
      host,
      requests,
      failures,
      receivedBytes,
    ]),
    [
      ['cdn.example', 1, 0, 1000],
      ['r.example', 2, 1, 2000],
    ],
  );
  const model = { id: 'docker.io/ai/m:x', sizeBytes: 1e9, quantization: 'Q4_0', architecture: 'llama' };
  const text = diagnosticsText({
    versions: [],
    memory: {
      totalBytes: 16e9,
      availableBytes: 8e9,
      gpu: { totalBytes: 8e9, availableBytes: 4e9, unified: true },
    },
    cores: 8,
    models: [
      { model, state: 'ready' },
      { model: { ...model, problem: 'x' }, state: 'unloaded' },
    ],
    disk: { modelBytes: 1e9, downloadBytes: 5e6 },
    hasOwnFolder: false,
    endpoints: [
      { endpoint: { name: 'E', url: 'http://office:8000/v1' }, models: [], isAsking: false, problem: 'down' },
    ],
    logins: [['ghcr.io', 'Docker’s configuration']],
    network: ledger.entries,
    problems: [],
  } as unknown as DiagnosticFacts);
  for (const line of [
    '- GPU: 4.0 GB of 8.0 GB free, shared with the machine',
    '- docker.io/ai/m:x, 1.0 GB, Q4_0, llama, ready',
    '- docker.io/ai/m:x, 1.0 GB, Q4_0, llama, damaged',
    '- office:8000: unknown server, 0 models, does not answer',
    '- ghcr.io: Docker’s configuration',
    '- r.example: list, 2 requests, 1 failed, 2.0 kB',
    '## Latest problems\n\n- none',
  ])
    assert.ok(text.includes(line), `${line}\n${text}`);
});
