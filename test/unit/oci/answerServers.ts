/** Servers for the table of answers: an honest registry, of which one kind of request gets another answer. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { ModelError } from '../../../src/base/error.ts';
import type { LookupAll } from '../../../src/oci/http/guardedLookup.ts';
import { parseReference, RegistryClient, type RegistryClientOptions } from '../../../src/oci/index.ts';
import { NetworkSender, type NetworkSettings } from '../../../src/oci/network/index.ts';
import { type Certificate, makeCertificate } from '../../support/certificates.ts';
import { type Handler, startFakeRegistry } from '../../support/fakeRegistry.ts';
import { startProxy } from './network/support.ts';
import { BLOB, CONTENT, MANIFEST, MANIFEST_TYPE, readBody } from './support.ts';

/** What was asked for when the answer came. */
export type Phase =
  | 'api'
  | 'catalog'
  | 'tags'
  | 'manifest'
  | 'config'
  | 'blob'
  | 'storage'
  | 'token'
  | 'redirect'
  | 'upload';

/** An answer of a server. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** How a client meets the answer. */
export interface Meeting {
  readonly phase: Phase;
  readonly answer: Answer;
  /** Whether the client has a login for the registry. */
  readonly signedIn?: boolean;
}

type Run = (client: RegistryClient, host: string) => Promise<unknown>;

async function readWhole(client: RegistryClient, host: string): Promise<void> {
  const { body } = await client.fetchBlob(parseReference(`${host}/ai/m:1`), BLOB);
  await readBody(body);
}

const RUNS: Readonly<Record<Phase, Run>> = {
  api: (client, host) => client.ping(host),
  catalog: (client, host) => client.repositories(host),
  tags: (client, host) => client.tags(host, 'ai/m'),
  manifest: (client, host) => client.resolve(parseReference(`${host}/ai/m:1`)),
  config: (client, host) => client.readBlob(parseReference(`${host}/ai/m:1`), BLOB, { maxBytes: 10_000 }),
  blob: readWhole,
  storage: readWhole,
  token: (client, host) => client.resolve(parseReference(`${host}/ai/m:1`)),
  redirect: (client, host) => client.resolve(parseReference(`${host}/ai/m:1`)),
  upload: async (client, host) => {
    async function* bytes(): AsyncGenerator<Uint8Array> {
      yield CONTENT;
    }
    await client.pushBlob(parseReference(`${host}/ai/m:1`), BLOB, bytes);
  },
};

function send(response: ServerResponse, { status, headers = {}, body = '' }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body);
}

function sendHonest(request: IncomingMessage, response: ServerResponse): void {
  const isManifest = request.url?.includes('/manifests/') === true;
  const type = isManifest ? MANIFEST_TYPE : 'application/octet-stream';
  response.writeHead(200, { 'content-type': type });
  response.end(isManifest ? MANIFEST : CONTENT);
}

/** Whether a request is of the kind that gets the other answer. */
function isMeant(phase: Phase, { url = '', method = '' }: IncomingMessage): boolean {
  if (phase === 'upload') return method !== 'HEAD';
  return phase !== 'storage' && phase !== 'token' && phase !== 'redirect' && url !== '';
}

/** The error that a client tells for an answer, with `HOST`, `OTHER` and `BLOB` in place of what differs. */
export async function tell(t: TestContext, meeting: Meeting): Promise<ModelError> {
  const { phase, answer, signedIn = false } = meeting;
  const other = await startFakeRegistry((_, response) => send(response, answer));
  t.after(() => other.close());
  const handler: Handler = (request, response) => {
    const { authorization } = request.headers;
    if (isMeant(phase, request)) {
      const wantsLogin = signedIn && authorization === undefined;
      if (wantsLogin)
        return send(response, { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } });
      if (phase === 'upload' && request.method === 'HEAD') return send(response, { status: 404 });
      return send(response, answer);
    }
    if (phase === 'upload') return send(response, { status: 404 });
    if (phase === 'token') {
      const challenge = `Bearer realm="http://${other.host}/token"`;
      return send(response, { status: 401, headers: { 'www-authenticate': challenge } });
    }
    if (phase === 'storage' || phase === 'redirect') {
      const path = phase === 'redirect' ? request.url : '/object';
      return send(response, { status: 307, headers: { location: `http://${other.host}${path}` } });
    }
    return sendHonest(request, response);
  };
  const server = await startFakeRegistry(handler);
  t.after(() => server.close());
  const login = { username: 'u', password: 'p' };
  const client = new RegistryClient({
    retryBaseMs: 1,
    now: () => Date.parse('2026-01-01T00:00:00Z'),
    ...(signedIn ? { credentials: { get: async () => login } } : {}),
  });
  t.after(() => client.close());
  const error = await failureOf(() => RUNS[phase](client, server.host));
  return withNames(error, { [server.host]: 'HOST', [other.host]: 'OTHER' });
}

async function failureOf(run: () => Promise<unknown>): Promise<ModelError> {
  try {
    await run();
  } catch (error) {
    return error as ModelError;
  }
  throw new Error('nothing failed');
}

function withNames(error: ModelError, names: Readonly<Record<string, string>>): ModelError {
  let { message } = error;
  for (const [host, name] of Object.entries(names)) message = message.replaceAll(host, name);
  message = message.replaceAll(/sha256:[0-9a-f]{12}/g, 'BLOB');
  return Object.assign(error, { message });
}

/** What is wrong with a network. */
export type Trouble =
  | 'unknown name'
  | 'no DNS'
  | 'nothing listens'
  | 'closes at once'
  | 'no TLS'
  | 'no HTTP'
  | 'long headers'
  | 'unknown authority'
  | 'expired certificate'
  | 'early certificate'
  | 'other name'
  | 'proxy sign-in'
  | 'proxy refuses'
  | 'proxy away'
  | 'SOCKS proxy'
  | 'no proxy address';

interface Network {
  readonly port: number;
  readonly settings?: Partial<NetworkSettings>;
  readonly lookupCode?: string;
  readonly plainHttp?: boolean;
}

async function listenTls(t: TestContext, { cert, key }: Certificate): Promise<number> {
  const server = createTlsServer({ cert, key }, (_, response) => response.end('{}'));
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A server that says `text` to whatever is sent, and ends. */
async function listenTcp(t: TestContext, text: string): Promise<number> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(text));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A port on which nothing listens any more. */
async function freedPort(): Promise<number> {
  const server = createTcpServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function trusting(t: TestContext, authority: Certificate): Promise<Partial<NetworkSettings>> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-answers-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const extraCaFile = join(folder, 'ca.pem');
  await writeFile(extraCaFile, authority.cert);
  return { extraCaFile };
}

const authority = makeCertificate('answers');

async function certified(
  t: TestContext,
  name: string,
  days?: { readonly since: number; readonly left: number },
): Promise<Network> {
  const port = await listenTls(t, makeCertificate(name, [name], authority, days));
  return { port, settings: await trusting(t, authority) };
}

async function proxied(t: TestContext, options: Partial<Parameters<typeof startProxy>[0]>): Promise<Network> {
  const proxy = await startProxy({ hosts: {}, ...options });
  t.after(() => proxy.close());
  return { port: 443, settings: { proxy: `http://127.0.0.1:${proxy.port}` } };
}

const TROUBLES: Readonly<Record<Trouble, (t: TestContext) => Promise<Network> | Network>> = {
  'unknown name': () => ({ port: 443, lookupCode: 'ENOTFOUND' }),
  'no DNS': () => ({ port: 443, lookupCode: 'EAI_AGAIN' }),
  'nothing listens': async () => ({ port: await freedPort(), plainHttp: true }),
  'closes at once': async (t) => ({ port: await listenTcp(t, ''), plainHttp: true }),
  'no TLS': async (t) => ({ port: await listenTcp(t, 'HTTP/1.1 400 Bad Request\r\n\r\n') }),
  'no HTTP': async (t) => ({ port: await listenTcp(t, 'SSH-2.0-OpenSSH_9.9\r\n'), plainHttp: true }),
  'long headers': async (t) => {
    const text = `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`;
    return { port: await listenTcp(t, text), plainHttp: true };
  },
  'unknown authority': async (t) => ({
    port: await listenTls(t, makeCertificate('r.test', ['r.test'], authority)),
  }),
  'expired certificate': (t) => certified(t, 'r.test', { since: 3, left: -2 }),
  'early certificate': (t) => certified(t, 'r.test', { since: -2, left: 3 }),
  'other name': (t) => certified(t, 'elsewhere.test'),
  'proxy sign-in': (t) => proxied(t, { authorization: 'Basic x' }),
  'proxy refuses': (t) => proxied(t, { refuse: 403 }),
  'proxy away': async () => ({ port: 443, settings: { proxy: `http://127.0.0.1:${await freedPort()}` } }),
  'SOCKS proxy': () => ({ port: 443, settings: { proxy: 'socks5://127.0.0.1:1080' } }),
  'no proxy address': () => ({ port: 443, settings: { proxy: 'http://' } }),
};

/** The error that a client tells when `r.test` is asked over a network with something wrong in it. */
export async function tellTrouble(t: TestContext, trouble: Trouble): Promise<ModelError> {
  const { port, settings = {}, lookupCode, plainHttp = false } = await TROUBLES[trouble](t);
  const lookup: LookupAll = (hostname, _, callback) => {
    if (lookupCode === undefined) return callback(null, [{ address: '127.0.0.1', family: 4 }]);
    const error = Object.assign(new Error(`getaddrinfo ${lookupCode} ${hostname}`), { code: lookupCode });
    return callback(error, []);
  };
  const network: NetworkSettings = { env: {}, systemCertificates: false, ...settings };
  const sender = new NetworkSender({ settings: () => network, lookup });
  t.after(() => sender.close());
  const options: RegistryClientOptions = { sender, retryBaseMs: 1, plainHttp: () => plainHttp };
  const host = port === 443 ? 'r.test' : `r.test:${port}`;
  const client = new RegistryClient(options);
  const error = await failureOf(() => client.resolve(parseReference(`${host}/ai/m:1`)));
  const address = settings.proxy?.replace(/^\w+:\/\//, '') ?? '';
  const proxy = address === '' ? {} : { [address]: 'PROXY' };
  return withNames(error, { [host]: 'HOST', 'r.test': 'HOST', ...proxy });
}
