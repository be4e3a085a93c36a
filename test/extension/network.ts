import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Log } from '../../src/base/log.ts';
import { CredentialChain } from '../../src/credentials/index.ts';
import { Connections } from '../../src/vscode/window/connections.ts';
import { settings } from '../../src/vscode/window/settings.ts';
import {
  type Authority,
  makeAuthority,
  type Running,
  type RunningProxy,
  startProxy,
  startServer,
} from '../unit/oci/network/support.ts';

type Values = Readonly<Record<string, unknown>>;

/** Sets the user's settings, and waits until they are there. */
async function configure(values: Values): Promise<void> {
  const configuration = vscode.workspace.getConfiguration();
  for (const [key, value] of Object.entries(values)) {
    await configuration.update(key, value, vscode.ConfigurationTarget.Global);
  }
}

describe('how servers are reached', () => {
  let authority: Authority;
  let secure: Running;
  let plain: Running;
  let proxy: RunningProxy;
  let connections: Connections;
  let lines: string[];
  const used = new Set<string>();
  const set = async (values: Values): Promise<void> => {
    for (const key of Object.keys(values)) used.add(key);
    await configure(values);
  };

  before(async () => {
    authority = await makeAuthority('Company');
    const serve = (_: unknown, response: { end(text: string): void }): void =>
      response.end('{"name":"team/model","tags":["one"]}');
    secure = await startServer(serve, await authority.issue(['DNS:registry.test']));
    plain = await startServer(serve);
    proxy = await startProxy({ hosts: { 'registry.test:443': secure.port, 'plain.test:80': plain.port } });
    lines = [];
    const keep = (line: string): void => void lines.push(line);
    const log: Log = { debug() {}, info: keep, warn: keep, error: keep };
    connections = new Connections({
      secrets: { get: async () => undefined, store: async () => {}, delete: async () => {} },
      userAgent: 'oci-models/test',
      log,
      otherLogins: () => new CredentialChain([]),
    });
  });

  after(async () => {
    await configure(Object.fromEntries([...used].map((key) => [key, undefined])));
    connections.dispose();
    for (const one of [proxy, secure, plain]) await one.close();
    await authority.remove();
  });

  it('is what VS Code’s settings say', async () => {
    const { proxy: none, strictSSL, systemCertificates } = settings.network();
    assert.deepEqual([none, strictSSL, systemCertificates], [undefined, true, true]);
    await set({ 'http.proxy': 'http://p.test:1', 'http.noProxy': ['in.test'], 'http.proxyStrictSSL': false });
    const network = settings.network();
    assert.deepEqual(
      [network.proxy, network.noProxy, network.strictSSL],
      ['http://p.test:1', ['in.test'], false],
    );
    await set({ 'http.proxySupport': 'off' });
    assert.deepEqual([settings.network().proxy, settings.network().noProxy], [undefined, ['*']]);
    await set({
      'http.proxySupport': undefined,
      'http.noProxy': undefined,
      'http.proxyStrictSSL': undefined,
    });
  });

  it('through the proxy and with the company’s certificates, without a restart', async () => {
    const tags = (): Promise<string[]> => connections.client().tags('registry.test', 'team/model');
    await set({ 'http.proxy': `http://127.0.0.1:${proxy.port}` });
    await assert.rejects(tags(), { code: 'tls' });
    await set({ 'ociModels.extraCaFile': authority.caFile });
    assert.deepEqual(await tags(), ['one']);
    assert.ok(proxy.asked.every((line) => line === 'CONNECT registry.test:443'));
    assert.equal(secure.requests.at(-1)?.headers['user-agent'], 'oci-models/test');
  });

  it('through VS Code’s own networking where its settings ask for it, and the log says so', async () => {
    await set({
      'http.proxyKerberosServicePrincipal': 'HTTP/proxy.test',
      'ociModels.insecureRegistries': ['plain.test'],
    });
    const before = proxy.asked.length;
    assert.deepEqual(await connections.client().tags('plain.test', 'team/model'), ['one']);
    assert.deepEqual(await connections.client().tags('plain.test', 'team/model'), ['one']);
    // VS Code opens a tunnel even for plain http; undici's own way is to ask for the whole address.
    assert.ok(proxy.asked.slice(before).includes('CONNECT plain.test:80'), proxy.asked.join());
    assert.equal(plain.requests.at(-1)?.headers['user-agent'], 'oci-models/test');
    assert.equal(
      lines.filter((line) => line.includes('VS Code’s own networking')).length,
      1,
      lines.join('\n'),
    );
  });
});
