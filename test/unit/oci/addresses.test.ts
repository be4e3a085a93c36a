/** Servers with several addresses, of which one answers. */
import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { getDefaultAutoSelectFamily, createServer as listenTcp, setDefaultAutoSelectFamily } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { freePort } from '../../../scripts/support/process.ts';
import { guardedLookup, type LookupAll } from '../../../src/oci/http/guardedLookup.ts';
import { networkError } from '../../../src/oci/http/networkFailure.ts';
import { RegistryClient } from '../../../src/oci/index.ts';
import { NetworkSender } from '../../../src/oci/network/index.ts';
import { startProxy } from './network/support.ts';

const V4: LookupAddress = { address: '127.0.0.1', family: 4 };
const V6: LookupAddress = { address: '::1', family: 6 };

/** Whether this machine has IPv6 on its loopback interface. */
async function hasV6(): Promise<boolean> {
  const server = listenTcp();
  server.listen(0, '::1');
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.once('listening', () => server.close(() => resolve(true)));
  });
}

const skip = (await hasV6()) ? false : 'this machine has no IPv6';

function answering(addresses: readonly LookupAddress[]): LookupAll {
  return (_, __, callback) => callback(null, [...addresses]);
}

const nothingKnown: LookupAll = (hostname, _, callback) =>
  callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' }), []);

/** A registry that listens on one address only, and its port, which nobody else has on the other one. */
async function listenOn(address: string): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((_, response) => response.end('{}'));
  const port = await freePort();
  server.listen(port, address);
  await once(server, 'listening');
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { port, close };
}

describe('a server with two addresses', { skip }, () => {
  const original = getDefaultAutoSelectFamily();
  // As in a process that was told to try the first address only.
  before(() => setDefaultAutoSelectFamily(false));
  after(() => setDefaultAutoSelectFamily(original));

  const orders: readonly (readonly LookupAddress[])[] = [
    [V4, V6],
    [V6, V4],
  ];
  for (const { address } of [V4, V6]) {
    for (const order of orders) {
      const names = order.map((one) => one.address).join(' and ');
      for (const readBytes of [undefined, 64 * 1024]) {
        const kind = readBytes === undefined ? 'small reads' : 'large reads';
        test(`on ${address} answers when the name has ${names}, with ${kind}`, async (t) => {
          const { port, close } = await listenOn(address);
          t.after(close);
          const settings = { env: {}, systemCertificates: false };
          const sender = new NetworkSender({ settings: () => settings, readBytes, lookup: answering(order) });
          t.after(() => sender.close());
          const client = new RegistryClient({ sender, plainHttp: () => true, retryBaseMs: 1 });
          await client.ping(`r.test:${port}`);
        });
      }
    }

    test(`on ${address} answers to “localhost” with the client’s own sender`, async (t) => {
      const { port, close } = await listenOn(address);
      t.after(close);
      const client = new RegistryClient({ retryBaseMs: 1 });
      t.after(() => client.close());
      await client.ping(`localhost:${port}`);
    });

    test(`on ${address} answers to “localhost” though the system does not know that name`, async (t) => {
      const { port, close } = await listenOn(address);
      t.after(close);
      const settings = { env: {}, systemCertificates: false };
      const sender = new NetworkSender({ settings: () => settings, lookup: nothingKnown });
      t.after(() => sender.close());
      const client = new RegistryClient({ sender, retryBaseMs: 1 });
      await client.ping(`localhost:${port}`);
      await client.ping(`registry.localhost:${port}`);
    });
  }

  test('may be a proxy', async (t) => {
    const { port, close } = await listenOn('127.0.0.1');
    t.after(close);
    const proxy = await startProxy({ hosts: { 'r.test:80': port } });
    t.after(() => proxy.close());
    const settings = { env: {}, systemCertificates: false, proxy: `http://p.test:${proxy.port}` };
    const sender = new NetworkSender({ settings: () => settings, lookup: answering([V6, V4]) });
    t.after(() => sender.close());
    const client = new RegistryClient({ sender, plainHttp: () => true, retryBaseMs: 1 });
    await client.ping('r.test');
  });
});

describe('the addresses of a name', () => {
  const all = (name: string, lookup: LookupAll, family = 0): Promise<readonly string[]> =>
    new Promise((resolve, reject) => {
      guardedLookup('local', lookup)(name, { all: true, family }, (error, found) => {
        if (error !== null) return reject(error);
        resolve((found as LookupAddress[]).map(({ address }) => address));
      });
    });

  test('are both loopback addresses for localhost, the system’s first', async () => {
    assert.deepEqual(await all('localhost', answering([V6])), ['::1', '127.0.0.1']);
    assert.deepEqual(await all('LocalHost.', answering([V4])), ['127.0.0.1', '::1']);
    assert.deepEqual(await all('a.localhost', nothingKnown), ['127.0.0.1', '::1']);
    assert.deepEqual(await all('localhost', nothingKnown, 6), ['::1']);
  });

  test('are the system’s alone for any other name', async () => {
    assert.deepEqual(await all('notlocalhost', answering([V4])), ['127.0.0.1']);
    await assert.rejects(all('localhost.example', nothingKnown), { code: 'ENOTFOUND' });
  });

  test('do not lead a public server to this machine', async () => {
    const lookup = guardedLookup('public', nothingKnown);
    await assert.rejects(
      new Promise<void>((resolve, reject) => {
        lookup('localhost', { all: true }, (error) => (error === null ? resolve() : reject(error)));
      }),
      { code: 'registry-error' },
    );
  });
});

describe('several addresses that all failed', () => {
  const failed = (code: string): Error => Object.assign(new Error(code), { code });
  const told = (...codes: string[]): string =>
    networkError(new AggregateError(codes.map(failed)), 'r.test', undefined).message;

  test('are told by the one that says something about the server', () => {
    assert.match(told('ENETUNREACH', 'ECONNREFUSED'), /^Nothing answers at /);
    assert.match(told('ECONNREFUSED', 'EADDRNOTAVAIL'), /^Nothing answers at /);
    assert.match(told('ENETUNREACH', 'EADDRNOTAVAIL'), /There is no network/);
  });
});
