/** Which networks an answer may lead to: by names, by addresses, and through the real connector. */
import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { Socket } from 'node:net';
import { hostname } from 'node:os';
import { describe, type TestContext, test } from 'node:test';
import type { LookupAll } from '../../../src/oci/http/guardedLookup.ts';
import { isLoopbackHost } from '../../../src/oci/http/servers.ts';
import { ConnectedZones } from '../../../src/oci/http/watchedConnector.ts';
import { addressZone, hostZone, leadTo, type Zone } from '../../../src/oci/http/zone.ts';
import { type HttpSender, parseReference, RegistryClient } from '../../../src/oci/index.ts';
import { NetworkSender } from '../../../src/oci/network/index.ts';
import { type Handler, startFakeRegistry } from '../../support/fakeRegistry.ts';
import { BLOB, CONTENT, MANIFEST, MANIFEST_TYPE } from './support.ts';

/** As they stand in an address; `new URL` writes the numbers of IPv4 anew. */
const HOSTS: Readonly<Record<Zone, readonly string[]>> = {
  public: [
    'ghcr.io',
    'GHCR.io.',
    '8.8.8.8',
    '172.32.0.1',
    '100.128.0.1',
    '192.169.0.1',
    '11.0.0.1',
    '[2606:4700::1]',
    '[64:ff9b::8c52:7001]',
    '[2002:808:808::]',
    'localhost.example',
    'internal.example',
  ],
  private: [
    '10.0.0.7',
    '10.255.255.255',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    '100.127.255.255',
    '192.0.0.8',
    '198.18.0.1',
    '0xa000007',
    '167772167',
    '012.0.0.7',
    '10.7',
    '[fc00::1]',
    '[fd00::1]',
    '[fec0::1]',
    '[::ffff:10.0.0.1]',
    '[::ffff:0:10.0.0.1]',
    '[::10.0.0.1]',
    '[64:ff9b::a00:1]',
    '[64:ff9b:1::a00:1]',
    '[2002:a00:1::]',
    // Teredo: the address is flipped.
    '[2001:0:1:2:3:4:f5ff:fffe]',
    '[2001:db8::5efe:10.0.0.1]',
    'lan',
    'nas.',
    'printer.local',
    'registry.corp',
    'registry.lan.',
    'host.docker.internal',
    'router.home.arpa',
  ],
  local: [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '0',
    '0.0.0.0',
    '169.254.1.1',
    '224.0.0.1',
    '255.255.255.255',
    '[::]',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[2002:7f00:1::]',
    '[2001:0:1:2:3:4:80ff:fffe]',
    '[fe80::1]',
    '[ff02::1]',
    'localhost',
    'LOCALHOST.',
    'a.localhost',
    'a.localhost..',
    'localhost.localdomain',
    'localhost6',
    'ip6-localhost',
    hostname(),
  ],
  forbidden: [
    '169.254.169.254',
    '2852039166',
    '0xa9fea9fe',
    '169.254.170.2',
    '169.254.169.253',
    '169.254.42.42',
    '169.254.0.23',
    '[::ffff:169.254.42.42]',
    '[fd00:42::42]',
    '168.63.129.16',
    '100.100.100.200',
    '192.0.0.192',
    '[::ffff:169.254.169.254]',
    '[64:ff9b::a9fe:a9fe]',
    '[2002:a9fe:a9fe::]',
    '[fd00:ec2::254]',
    'metadata.google.internal',
    'metadata.google.internal.',
    'metadata',
    'instance-data',
  ],
};

describe('zones of hosts', () => {
  for (const [zone, hosts] of Object.entries(HOSTS)) {
    for (const host of hosts) {
      const name = host === hostname() ? 'the name of this machine' : host;
      test(`${name} is ${zone}`, () => assert.equal(hostZone(new URL(`http://${host}/`).hostname), zone));
    }
  }

  test('a name that was looked up may have an address of a tunnel', () => {
    assert.equal(addressZone('198.18.0.1'), 'public');
    assert.equal(addressZone('::ffff:10.0.0.1'), 'private');
    assert.equal(addressZone('fe80::1%eth0'), 'local');
    assert.equal(addressZone('ghcr.io'), undefined);
  });

  test('a dot at the end changes nothing', () => {
    assert.ok(isLoopbackHost('localhost.:5000'));
    assert.ok(!isLoopbackHost('localhost.example.'));
  });
});

describe('where an answer may lead', () => {
  const EXAMPLES: Readonly<Record<Zone, string>> = {
    public: 'cdn.example',
    private: '10.0.0.7',
    local: '127.0.0.2',
    forbidden: '169.254.169.254',
  };
  const FROM: Readonly<Record<'public' | 'private' | 'local', readonly Zone[]>> = {
    public: ['public'],
    private: ['public', 'private'],
    local: ['public', 'private', 'local'],
  };
  for (const [from, allowed] of Object.entries(FROM)) {
    for (const [to, host] of Object.entries(EXAMPLES)) {
      const isAllowed = allowed.some((zone) => zone === to);
      test(`${from} → ${to}: ${isAllowed}`, () => {
        const own = { public: 'r.example', private: '10.0.0.9', local: '127.0.0.1' }[from];
        const within = leadTo({ url: new URL(`https://${own}/a`) }, new URL(`https://${host}/b`));
        assert.equal(within, isAllowed ? from : undefined);
      });
    }
  }

  test('the address of the answer counts, too: a company’s name may look public', () => {
    const url = new URL('https://harbor.example/');
    const minio = new URL('https://10.0.0.7/');
    assert.equal(leadTo({ url, zone: 'private' }, minio), 'private');
    assert.equal(leadTo({ url, zone: 'public' }, minio), undefined);
    assert.equal(leadTo({ url }, minio), undefined, 'behind a proxy nothing but the name is known');
  });

  test('a host leads to itself, with the limit that it was asked with', () => {
    const url = new URL('https://r.example/a');
    assert.equal(leadTo({ url, zone: 'public' }, new URL('https://r.example./b')), 'local');
    assert.equal(leadTo({ url, zone: 'public', within: 'public' }, new URL('https://r.example/b')), 'public');
  });
});

describe('zones of connections', () => {
  const socket = (value: string): Socket => Object.defineProperty(new Socket(), 'remoteAddress', { value });

  test('the outermost one counts, and only while it is open', () => {
    const zones = new ConnectedZones();
    assert.equal(zones.zone, undefined);
    const outside = socket('8.8.8.8');
    zones.add(outside);
    zones.add(socket('10.0.0.7'));
    assert.equal(zones.zone, 'public');
    outside.emit('close');
    assert.equal(zones.zone, 'private', 'a VPN was connected');
  });

  test('the last one counts until there is another', () => {
    const zones = new ConnectedZones();
    const only = socket('10.0.0.7');
    zones.add(only);
    only.emit('close');
    assert.equal(zones.zone, 'private');
    zones.add(socket('127.0.0.1'));
    assert.equal(zones.zone, 'local');
  });
});

interface Setup {
  readonly client: RegistryClient;
  /** Paths that were asked for, with their hosts. */
  readonly asked: string[];
  readonly port: string;
}

/**
 * A registry at `registry.example` with an address on the internet, as the client is told, and names that other
 * people gave addresses on this machine.
 */
async function start(
  t: TestContext,
  answer: (path: string, port: string) => string | undefined,
): Promise<Setup> {
  const asked: string[] = [];
  const handler: Handler = (request, response) => {
    const { host = '', ...headers } = request.headers;
    const { pathname } = new URL(request.url ?? '', 'http://x');
    asked.push(`${host.replace(/:\d+$/, '')} ${pathname}`);
    const location = answer(pathname, host.replace(/^.*:/, ''));
    if (location?.startsWith('Bearer') === true && headers.authorization === undefined) {
      response.writeHead(401, { 'www-authenticate': location });
      response.end();
      return;
    }
    if (location?.startsWith('http') === true && host.startsWith('registry.example')) {
      response.writeHead(307, { location });
      response.end();
      return;
    }
    const isManifest = pathname.includes('/manifests/');
    response.writeHead(200, { 'content-type': isManifest ? MANIFEST_TYPE : 'application/octet-stream' });
    response.end(isManifest ? MANIFEST : CONTENT);
  };
  const server = await startFakeRegistry(handler);
  const addresses: LookupAddress[] = [{ address: '127.0.0.1', family: 4 }];
  const lookup: LookupAll = (_, __, callback) => callback(null, addresses);
  const network = new NetworkSender({ settings: () => ({ env: {}, systemCertificates: false }), lookup });
  const sender: HttpSender = {
    send: async (request) => {
      const sent = await network.send(request);
      return request.url.hostname === 'registry.example' ? { ...sent, zone: 'public' } : sent;
    },
    close: () => network.close(),
  };
  const client = new RegistryClient({ sender, plainHttp: () => true, retryBaseMs: 1 });
  t.after(async () => {
    await sender.close();
    await server.close();
  });
  return { client, asked, port: server.host.replace(/^.*:/, '') };
}

describe('a public name with an address of a private network', () => {
  const reference = (port: string) => parseReference(`registry.example:${port}/ai/model:tag`);

  test('is asked if the user named it', async (t) => {
    const { client, port } = await start(t, () => undefined);
    assert.equal((await client.resolve(reference(port))).manifest.layers.length, 1);
  });

  test('is not asked for a manifest that a registry leads to', async (t) => {
    const { client, asked, port } = await start(t, (path, own) => `http://inside.example:${own}${path}`);
    await assert.rejects(client.resolve(reference(port)), {
      code: 'registry-error',
      message:
        /^registry\.example:\d+ leads to inside\.example:\d+ in a private network, which is not allowed/,
    });
    assert.deepEqual(asked, ['registry.example /v2/ai/model/manifests/tag']);
  });

  test('is not asked for a blob, also over a connection that is open', async (t) => {
    const { client, asked, port } = await start(t, (path, own) =>
      path.includes('/blobs/') ? `http://inside.example:${own}${path}` : undefined,
    );
    // The user's own registry, which another one leads to.
    await client.resolve(parseReference(`inside.example:${port}/ai/model:tag`));
    await assert.rejects(client.fetchBlob(reference(port), BLOB), { code: 'registry-error' });
    assert.deepEqual(
      asked.filter((line) => line.startsWith('inside')),
      ['inside.example /v2/ai/model/manifests/tag'],
    );
  });

  test('gets no sign-in', async (t) => {
    const { client, asked, port } = await start(
      t,
      (_, own) => `Bearer realm="https://inside.example:${own}/token"`,
    );
    await assert.rejects(client.resolve(reference(port)), {
      code: 'auth-denied',
      message: /sends the sign-in to inside\.example:\d+ in a private network/,
    });
    assert.ok(asked.every((line) => line.startsWith('registry.example')));
  });
});

describe('the editor’s own networking', () => {
  test('is not asked for a name that turns out to lead inside', async (t) => {
    let lookups = 0;
    // The first answer makes a direct connection fail, the second one would be the editor's.
    const lookup: LookupAll = (_, __, callback) => {
      lookups++;
      if (lookups > 1) return callback(null, [{ address: '10.0.0.7', family: 4 }]);
      return callback(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), []);
    };
    const asked: string[] = [];
    const editor: HttpSender = {
      send: async ({ url }) => {
        asked.push(url.host);
        throw new Error('asked');
      },
      close: async () => {},
    };
    const settings = { env: {}, systemCertificates: false };
    const sender = new NetworkSender({ settings: () => settings, lookup, editor });
    t.after(() => sender.close());
    const url = new URL('http://inside.example/');
    const request = { method: 'GET', url, headers: {}, within: 'public' } as const;
    await assert.rejects(sender.send(request), { code: 'registry-error', message: /10\.0\.0\.7/ });
    assert.deepEqual(asked, []);
  });

  test('looks names up itself behind a proxy, where only the name is judged', async (t) => {
    const settings = { env: {}, systemCertificates: false, proxy: 'http://127.0.0.1:1' };
    const lookup: LookupAll = () => assert.fail('the proxy looks names up');
    const sender = new NetworkSender({ settings: () => settings, lookup });
    t.after(() => sender.close());
    const url = new URL('https://inside.example/');
    const request = { method: 'GET', url, headers: {}, within: 'public' } as const;
    await assert.rejects(sender.send(request), {
      code: 'offline',
      message: /^Nothing answers at 127\.0\.0\.1:1\. It is your proxy/,
    });
  });
});
