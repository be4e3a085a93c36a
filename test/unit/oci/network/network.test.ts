/** Real TLS servers with an authority of their own, and real proxies. */
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { rootCertificates, type TLSSocket } from 'node:tls';
import { isModelError, type ModelErrorCode } from '../../../../src/base/error.ts';
import type { Log } from '../../../../src/base/log.ts';
import { HttpClient } from '../../../../src/oci/http/http.ts';
import { loadAuthorities } from '../../../../src/oci/network/authorities.ts';
import { FetchSender, NetworkSender, type NetworkSettings } from '../../../../src/oci/network/index.ts';
import {
  type Authority,
  makeAuthority,
  type Pair,
  type ProxyOptions,
  type Running,
  startProxy,
  startServer,
} from './support.ts';

const REGISTRY = 'https://registry.test/v2/';
const PLAIN = 'http://plain.test/v2/';

let authority: Authority;
let server: Running;
let plain: Running;
let serverPair: Pair;
let hosts: Record<string, number>;
const running: { close(): Promise<void> }[] = [];

/** Says where the request came in, and gives back what was sent. */
const echo: RequestListener = (request, response) => {
  const { method, url, headers } = request;
  const lines = { method, url, host: headers.host, authorization: headers.authorization };
  const proxyAuthorization = headers['proxy-authorization'];
  if (url === '/redirect') return void response.writeHead(307, { location: '/else' }).end();
  text(request).then(
    (body) => {
      response.setHeader('x-echo', 'yes');
      response.end(JSON.stringify({ ...lines, proxyAuthorization, body }));
    },
    () => response.destroy(),
  );
};

before(async () => {
  authority = await makeAuthority('Test Authority');
  serverPair = await authority.issue(['DNS:registry.test', 'DNS:localhost', 'IP:127.0.0.1']);
  server = await startServer(echo, serverPair);
  plain = await startServer(echo);
  hosts = { 'registry.test:443': server.port, 'plain.test:80': plain.port };
});

after(async () => {
  for (const one of running.reverse()) await one.close();
  await server.close();
  await plain.close();
  await authority.remove();
});

/** A client whose sender is ended with the tests. No variable and no certificate of this machine counts. */
function makeClient(
  settings: NetworkSettings,
  options: {
    readonly editorFetch?: () => typeof fetch;
    readonly preferEditor?: boolean;
    readonly log?: Log;
  } = {},
): HttpClient & { readonly sender: NetworkSender } {
  const { editorFetch, preferEditor = false, log } = options;
  const sender = new NetworkSender({
    settings: () => ({
      env: {},
      certsDirs: [],
      systemCertificates: false,
      extraCaFile: authority.caFile,
      ...settings,
    }),
    editor: editorFetch === undefined ? undefined : new FetchSender(editorFetch),
    preferEditor: () => preferEditor,
    log,
  });
  running.push(sender);
  return Object.assign(new HttpClient({ sender, log }), { sender });
}

async function makeProxy(
  options: Partial<ProxyOptions> = {},
): Promise<Awaited<ReturnType<typeof startProxy>>> {
  const proxy = await startProxy({ hosts, ...options });
  running.push(proxy);
  return proxy;
}

interface Echoed {
  readonly status: number;
  readonly method: string;
  readonly url: string;
  readonly host: string;
  readonly authorization?: string;
  readonly proxyAuthorization?: string;
  readonly body: string;
}

async function get(client: HttpClient, url: string, headers = {}): Promise<Echoed> {
  const answer = await client.get({ url: new URL(url), headers });
  const body = await client.readAll(answer, 10_000);
  return { status: answer.status, ...JSON.parse(body?.toString() ?? '') };
}

async function refused(promise: Promise<unknown>, code: ModelErrorCode, message: RegExp): Promise<void> {
  await assert.rejects(promise, (error) => {
    assert.ok(isModelError(error), String(error));
    assert.match(error.message, message);
    assert.equal(error.code, code);
    for (let inner: unknown = error; inner instanceof Error; inner = inner.cause) {
      assert.doesNotMatch(`${inner.stack}`, /planted-secret|cGxhbnRlZC1zZWNyZXQ/);
    }
    return true;
  });
}

describe('certificates', () => {
  const local = (): string => `https://localhost:${server.port}/v2/`;

  test('an authority of its own is trusted by the extra file, and not without', async () => {
    assert.equal((await get(makeClient({}), local())).status, 200);
    await refused(get(makeClient({ extraCaFile: undefined }), local()), 'tls', /is not trusted/);
    await refused(
      get(makeClient({ extraCaFile: undefined, systemCertificates: true }), local()),
      'tls',
      /not trusted/,
    );
  });

  test('the system’s authorities come from Node, and from the usual bundle where it has none', async () => {
    const env = { SSL_CERT_FILE: authority.caFile };
    const mine = authority.ca.trim();
    const withSystem = { systemCertificates: true, env, fromNode: (type: string) => [`${type}-1`, 'both'] };
    assert.deepEqual(await loadAuthorities(withSystem), ['default-1', 'both', 'system-1']);
    const without = { systemCertificates: true, env, fromNode: () => [] };
    assert.deepEqual(await loadAuthorities(without), [...rootCertificates, mine]);
    const extra = { ...without, systemCertificates: false, extraCaFile: authority.caFile, env: {} };
    assert.deepEqual(await loadAuthorities(extra), [...rootCertificates, mine]);
    assert.equal(await loadAuthorities({ systemCertificates: false, env }), undefined);
    assert.ok(
      (await loadAuthorities({ systemCertificates: true, env: {} }))?.includes(rootCertificates[0] ?? ''),
    );
  });

  test('a file that is none is told, and put right without a restart', async () => {
    const path = join(authority.folder, 'later.pem');
    const client = makeClient({ extraCaFile: path });
    await refused(get(client, local()), 'tls', /later\.pem cannot be used: ENOENT/);
    await writeFile(path, 'no certificate');
    await refused(get(client, local()), 'tls', /later\.pem cannot be used: it contains no certificate/);
    await writeFile(path, authority.ca);
    assert.equal((await get(client, local())).status, 200);
  });

  test('the name in a certificate counts', async () => {
    const other = await startServer(echo, await authority.issue(['DNS:other.test']));
    running.push(other);
    await refused(
      get(makeClient({}), `https://localhost:${other.port}/`),
      'tls',
      /ERR_TLS_CERT_ALTNAME_INVALID/,
    );
  });

  test('strictSSL off is about proxies: a server that is reached directly is verified', async () => {
    await refused(
      get(makeClient({ extraCaFile: undefined, strictSSL: false }), local()),
      'tls',
      /not trusted/,
    );
  });

  describe('certs.d', () => {
    let demanding: Running;
    let client: Pair;
    let certsDir: string;
    before(async () => {
      demanding = await startServer(
        (request, response) => {
          response.end(
            JSON.stringify({ peer: (request.socket as TLSSocket).getPeerCertificate().subject?.CN }),
          );
        },
        { ...serverPair, ca: authority.ca, requestCert: true, rejectUnauthorized: true },
      );
      running.push(demanding);
      client = await authority.issue([]);
      certsDir = join(authority.folder, 'certs.d');
    });

    const layouts: readonly [what: string, folder: (port: number) => string][] = [
      ['Docker’s and podman’s', (port) => `localhost:${port}`],
      ['containerd’s', (port) => `localhost_${port}_`],
    ];
    for (const [what, folderOf] of layouts) {
      test(`an authority and a client’s certificate, in ${what} layout`, async () => {
        const folder = join(certsDir, folderOf(demanding.port));
        await mkdir(folder, { recursive: true });
        const url = `https://localhost:${demanding.port}/`;
        const own = makeClient({
          extraCaFile: undefined,
          certsDirs: [join(authority.folder, 'none'), certsDir],
        });
        await refused(get(own, url), 'tls', /not trusted/);
        await writeFile(join(folder, 'ca.crt'), authority.ca);
        // Now the server is trusted, and it does not trust this side yet.
        await assert.rejects(
          get(own, url),
          (error) => isModelError(error) && ['tls', 'offline'].includes(error.code),
        );
        await writeFile(join(folder, 'me.cert'), client.cert);
        own.sender.reset();
        await refused(get(own, url), 'tls', /me\.cert has no me\.key beside it/);
        await writeFile(join(folder, 'me.key'), client.key);
        const answer = await own.get({ url: new URL(url), headers: {} });
        assert.match(String(await own.readAll(answer, 1_000)), /"peer":"leaf\d"/);
        // Another port is another registry.
        await refused(get(own, `https://localhost:${server.port}/`), 'tls', /not trusted/);
        await writeFile(join(folder, 'me.key'), serverPair.key);
        own.sender.reset();
        await refused(get(own, url), 'tls', /certs\.d cannot be used/);
        await rm(folder, { recursive: true });
      });
    }
  });
});

describe('proxies', () => {
  test('https through a tunnel, for a name that only the proxy knows', async () => {
    const proxy = await makeProxy();
    const client = makeClient({ proxy: `http://127.0.0.1:${proxy.port}` });
    const echoed = await get(client, REGISTRY, { authorization: 'Bearer planted-secret' });
    assert.deepEqual([echoed.status, echoed.host, echoed.url], [200, 'registry.test', '/v2/']);
    assert.equal(echoed.authorization, 'Bearer planted-secret');
    assert.deepEqual(proxy.asked, ['CONNECT registry.test:443']);
    // What is meant for the registry is only seen inside of the tunnel, and the connection is used again.
    assert.equal(proxy.requests[0]?.headers.authorization, undefined);
    await new Promise(setImmediate);
    await get(client, REGISTRY);
    assert.equal(proxy.asked.length, 1);
  });

  test('many requests at once have tunnels of their own', async () => {
    const proxy = await makeProxy();
    const client = makeClient({ proxy: `http://127.0.0.1:${proxy.port}` });
    const all = await Promise.all(Array.from({ length: 6 }, () => get(client, REGISTRY)));
    assert.ok(all.every(({ status }) => status === 200));
    assert.ok(proxy.asked.length > 1 && proxy.asked.length <= 6);
  });

  test('plain http by asking the proxy for the whole address', async () => {
    const proxy = await makeProxy({ authorization: `Basic ${Buffer.from('u:p').toString('base64')}` });
    const client = makeClient({ proxy: `http://u:p@127.0.0.1:${proxy.port}` });
    const echoed = await get(client, PLAIN);
    assert.deepEqual([echoed.status, echoed.host, echoed.proxyAuthorization], [200, 'plain.test', undefined]);
    assert.deepEqual(proxy.asked, [`GET ${PLAIN}`]);
    const wrong = makeClient({ proxy: `http://127.0.0.1:${proxy.port}` });
    await refused(get(wrong, PLAIN), 'offline', /requires a sign-in \(basic\)/);
  });

  test('bodies go through a tunnel', async () => {
    const proxy = await makeProxy();
    const client = makeClient({ proxy: `http://127.0.0.1:${proxy.port}` });
    const url = new URL(REGISTRY);
    for (const body of ['text', Buffer.from('text'), Readable.from([Buffer.from('te'), Buffer.from('xt')])]) {
      const answer = await client.send({ method: 'PUT', url, headers: { 'content-length': '4' }, body });
      const { method, body: seen } = JSON.parse(String(await client.readAll(answer, 1_000)));
      assert.deepEqual([method, seen], ['PUT', 'text']);
    }
  });

  test('the login of the setting, or the whole header', async () => {
    const wanted = `Basic ${Buffer.from('user:planted-secret').toString('base64')}`;
    const proxy = await makeProxy({ authorization: wanted });
    const at = `127.0.0.1:${proxy.port}`;
    assert.equal(
      (await get(makeClient({ proxy: `http://user:planted-secret@${at}` }), REGISTRY)).status,
      200,
    );
    const header = makeClient({ proxy: `http://${at}`, proxyAuthorization: wanted });
    assert.equal((await get(header, REGISTRY)).status, 200);
    await refused(
      get(makeClient({ proxy: `http://${at}` }), REGISTRY),
      'offline',
      /requires a sign-in \(basic\)\. Add the login/,
    );
    const wrong = makeClient({ proxy: `http://user:planted-secret-2@${at}` });
    await refused(get(wrong, REGISTRY), 'offline', /Check the login in http\.proxy/);
  });

  test('variables of the environment', async () => {
    const proxy = await makeProxy();
    const env = { HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, no_proxy: 'plain.test' };
    const client = makeClient({ env });
    assert.equal((await get(client, REGISTRY)).status, 200);
    await refused(get(client, PLAIN), 'offline', /^Cannot find plain\.test/);
  });

  test('an https proxy with the same authority, and strictSSL off for one with another', async () => {
    const secure = await makeProxy({ tls: await authority.issue(['DNS:localhost']) });
    const client = makeClient({ proxy: `https://localhost:${secure.port}` });
    assert.equal((await get(client, REGISTRY)).status, 200);
    const stranger = await makeAuthority('Stranger');
    running.push({ close: () => stranger.remove() });
    const other = await makeProxy({ tls: await stranger.issue(['DNS:localhost']) });
    const proxy = `https://localhost:${other.port}`;
    await refused(get(makeClient({ proxy }), REGISTRY), 'tls', /is not trusted/);
    assert.equal((await get(makeClient({ proxy, strictSSL: false }), REGISTRY)).status, 200);
  });

  test('a proxy that does not connect', async () => {
    const forbidden = await makeProxy({ refuse: 403 });
    const client = makeClient({ proxy: `http://127.0.0.1:${forbidden.port}` });
    await refused(
      get(client, REGISTRY),
      'offline',
      /does not connect to registry\.test:443 \(it answered 403\)/,
    );
    const unknown = makeClient({ proxy: `http://127.0.0.1:${(await makeProxy()).port}` });
    await refused(get(unknown, 'https://unknown.test/'), 'offline', /unknown\.test:443 \(it answered 502\)/);
    await forbidden.close();
    running.splice(running.indexOf(forbidden), 1);
    await refused(get(client, REGISTRY), 'offline', /Nothing answers at|closed the connection|Cannot find/);
  });

  test('this machine is asked directly', async () => {
    const proxy = await makeProxy();
    const client = makeClient({ proxy: `http://127.0.0.1:${proxy.port}` });
    assert.equal((await get(client, `https://localhost:${server.port}/`)).status, 200);
    assert.deepEqual(proxy.asked, []);
  });

  test('new settings: what runs goes on, what is new goes the new way', async () => {
    const proxy = await makeProxy();
    let settings: NetworkSettings = {
      proxy: `http://127.0.0.1:${proxy.port}`,
      extraCaFile: authority.caFile,
    };
    const sender = new NetworkSender({ settings: () => ({ env: {}, certsDirs: [], ...settings }) });
    running.push(sender);
    const client = new HttpClient({ sender });
    const answer = await client.get({ url: new URL(REGISTRY), headers: {} });
    settings = { ...settings, proxy: 'http://127.0.0.1:9' };
    sender.reset();
    assert.match(String(await client.readAll(answer, 1_000)), /registry\.test/);
    await refused(get(client, REGISTRY), 'offline', /Nothing answers at|closed the connection|Cannot find/);
  });
});

describe('the editor’s own networking', () => {
  /** A `fetch` that gets to the made-up names, as one behind a PAC file does. */
  function editorFetch(calls: string[]): () => typeof fetch {
    return () => async (input, init) => {
      const url = new URL(String(input));
      calls.push(`${init?.method} ${url.href}`);
      return fetch(`http://127.0.0.1:${plain.port}${url.pathname}`, init);
    };
  }

  function gather(): { readonly log: Log; readonly lines: string[] } {
    const lines: string[] = [];
    return { log: { debug() {}, info: (line) => void lines.push(line), warn() {}, error() {} }, lines };
  }

  for (const scheme of ['NTLM', 'Negotiate']) {
    test(`a proxy that wants ${scheme}: said once, and the proxy is left alone from then on`, async () => {
      const proxy = await makeProxy({ authorization: 'never', challenges: [scheme, 'Kerberos'] });
      const calls: string[] = [];
      const { log, lines } = gather();
      const client = makeClient(
        { proxy: `http://127.0.0.1:${proxy.port}` },
        { editorFetch: editorFetch(calls), log },
      );
      for (let n = 0; n < 3; n++) {
        const echoed = await get(client, REGISTRY, { authorization: 'Bearer t', range: 'bytes=0-1' });
        assert.deepEqual([echoed.status, echoed.authorization], [200, 'Bearer t']);
      }
      assert.equal(calls.length, 3);
      assert.deepEqual(proxy.asked, ['CONNECT registry.test:443']);
      assert.equal(lines.length, 1);
      assert.match(
        lines[0] ?? '',
        new RegExp(`Everything behind the proxy 127.* VS Code’s own networking.*${scheme.toLowerCase()}`),
      );
      // Without the editor it is an error that says what the proxy wants.
      const alone = makeClient({ proxy: `http://127.0.0.1:${proxy.port}` });
      await refused(
        get(alone, REGISTRY),
        'offline',
        new RegExp(`requires a sign-in \\(${scheme.toLowerCase()}, kerberos\\)`),
      );
    });
  }

  test('a name that only a PAC file’s proxy knows', async () => {
    const calls: string[] = [];
    const { log, lines } = gather();
    const client = makeClient({}, { editorFetch: editorFetch(calls), log });
    assert.equal((await get(client, 'https://registry.invalid/v2/')).status, 200);
    assert.equal((await get(client, 'https://registry.invalid/v2/')).status, 200);
    assert.equal(calls.length, 2);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /^https:\/\/registry\.invalid is reached through VS Code’s own networking/);
  });

  test('a SOCKS proxy', async () => {
    const calls: string[] = [];
    const client = makeClient({ proxy: 'socks5://127.0.0.1:1' }, { editorFetch: editorFetch(calls) });
    assert.equal((await get(client, REGISTRY)).status, 200);
    await refused(
      get(makeClient({ proxy: 'socks5://127.0.0.1:1' }), REGISTRY),
      'offline',
      /uses socks5, which is not supported/,
    );
  });

  test('where the editor does not get through either, the first error is told, and it is not asked each time', async () => {
    let asked = 0;
    const editor = (): typeof fetch => async () => {
      asked++;
      throw new TypeError('fetch failed');
    };
    const client = makeClient({}, { editorFetch: editor });
    for (let n = 0; n < 3; n++)
      await refused(get(client, 'https://registry.invalid/'), 'offline', /^Cannot find registry\.invalid/);
    assert.equal(asked, 1);
  });

  test('the settings of the editor may ask for it', async () => {
    const proxy = await makeProxy();
    const calls: string[] = [];
    const { log, lines } = gather();
    const settings = { proxy: `http://127.0.0.1:${proxy.port}` };
    const client = makeClient(settings, { editorFetch: editorFetch(calls), preferEditor: true, log });
    assert.equal((await get(client, REGISTRY)).status, 200);
    assert.equal((await get(client, `https://localhost:${server.port}/`)).status, 200);
    assert.deepEqual([proxy.asked, calls.length, lines.length], [[], 1, 1]);
  });

  test('this machine, other failures, and streams are never sent again', async () => {
    const calls: string[] = [];
    const client = makeClient({}, { editorFetch: editorFetch(calls) });
    await refused(get(client, 'http://127.0.0.1:9/'), 'offline', /^Nothing answers/);
    const strict = makeClient({ extraCaFile: undefined }, { editorFetch: editorFetch(calls) });
    await refused(get(strict, `https://localhost:${server.port}/`), 'tls', /not trusted/);
    const body = Readable.from([Buffer.from('x')]);
    const upload = client.send({
      method: 'PUT',
      url: new URL('https://registry.invalid/'),
      headers: {},
      body,
    });
    await refused(upload, 'offline', /Nothing answers at|closed the connection|Cannot find/);
    assert.deepEqual(calls, []);
  });

  test('redirects, bodies and several header lines are as without it', async () => {
    const proxy = await makeProxy({ authorization: 'never', challenges: ['NTLM'] });
    const client = makeClient({ proxy: `http://127.0.0.1:${proxy.port}` }, { editorFetch: editorFetch([]) });
    const redirect = await client.get({ url: new URL('https://registry.test/redirect'), headers: {} });
    assert.deepEqual([redirect.status, redirect.headers['location']], [307, '/else']);
    await client.discard(redirect);
    for (const body of ['text', Buffer.from('text'), Readable.from([Buffer.from('te'), Buffer.from('xt')])]) {
      const url = new URL(REGISTRY);
      const answer = await client.send({ method: 'POST', url, headers: { 'content-length': '4' }, body });
      const bytes = await client.readAll(answer, 1_000);
      assert.equal(JSON.parse(String(bytes)).body, 'text');
      assert.equal(answer.headers['x-echo'], 'yes');
    }
    const abort = new AbortController();
    const held = client.get({ url: new URL(REGISTRY), headers: {}, signal: abort.signal });
    abort.abort();
    await refused(held, 'cancelled', /Canceled/);
  });
});
