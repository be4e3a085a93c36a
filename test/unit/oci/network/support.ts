/** A made-up network: an authority, TLS servers, and a proxy that knows names which nobody else knows. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http, { type IncomingMessage, type RequestListener, type Server } from 'node:http';
import https from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A certificate with its key, PEM. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** An authority in a temporary folder. */
export interface Authority {
  readonly folder: string;
  /** Path of its certificate. */
  readonly caFile: string;
  readonly ca: string;
  /** A certificate for `names`, such as `DNS:localhost` or `IP:127.0.0.1`; for a client where there are none. */
  issue(names: readonly string[]): Promise<Pair>;
  remove(): Promise<void>;
}

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Makes an authority with openssl. */
export async function makeAuthority(name: string): Promise<Authority> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-tls-'));
  const openssl = async (...args: string[]): Promise<void> =>
    void (await run('openssl', args, { cwd: folder }));
  await openssl(
    ...[
      'req',
      '-x509',
      ...CURVE,
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
    ],
    ...['-addext', 'basicConstraints=critical,CA:TRUE'],
  );
  const read = (file: string): Promise<string> => readFile(join(folder, file), 'utf8');
  let count = 0;
  return {
    folder,
    caFile: join(folder, 'ca.pem'),
    ca: await read('ca.pem'),
    async issue(names) {
      const id = `leaf${++count}`;
      await openssl(
        'req',
        '-new',
        ...CURVE,
        '-subj',
        `/CN=${id}`,
        '-keyout',
        `${id}.key`,
        '-out',
        `${id}.csr`,
      );
      const usage = names.length === 0 ? 'extendedKeyUsage=clientAuth' : `subjectAltName=${names.join(',')}`;
      await writeFile(join(folder, `${id}.ext`), usage);
      await openssl(
        ...['x509', '-req', '-in', `${id}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
        ...['-days', '2', '-extfile', `${id}.ext`, '-out', `${id}.pem`],
      );
      return { cert: await read(`${id}.pem`), key: await read(`${id}.key`) };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A server that runs on this machine. */
export interface Running {
  readonly port: number;
  readonly requests: readonly IncomingMessage[];
  close(): Promise<void>;
}

/** Counts requests, and tracks sockets so that an end is one. */
async function start(server: Server | https.Server, requests: IncomingMessage[]): Promise<Running> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A server; with `tls` over TLS. */
export async function startServer(listener: RequestListener, tls?: https.ServerOptions): Promise<Running> {
  const requests: IncomingMessage[] = [];
  const counted: RequestListener = (request, response) => {
    requests.push(request);
    listener(request, response);
  };
  const server = tls === undefined ? http.createServer(counted) : https.createServer(tls, counted);
  return start(server, requests);
}

/** How a proxy behaves. */
export interface ProxyOptions {
  /** Ports of this machine for names that only the proxy knows: `registry.test:443`. */
  readonly hosts: Readonly<Record<string, number>>;
  /** The `Proxy-Authorization` that it wants. */
  readonly authorization?: string;
  /** The `Proxy-Authenticate` lines of its 407. */
  readonly challenges?: readonly string[];
  /** Status of every answer to CONNECT. */
  readonly refuse?: number;
  readonly tls?: https.ServerOptions;
}

/** A proxy: tunnels by CONNECT, and forwards requests for whole addresses. */
export interface RunningProxy extends Running {
  /** What was asked for, such as `CONNECT registry.test:443`. */
  readonly asked: readonly string[];
}

export async function startProxy(options: ProxyOptions): Promise<RunningProxy> {
  const { hosts, authorization, challenges = ['Basic realm="proxy"'], refuse, tls } = options;
  const asked: string[] = [];
  const requests: IncomingMessage[] = [];
  const isAllowed = (request: IncomingMessage): boolean =>
    authorization === undefined || request.headers['proxy-authorization'] === authorization;
  const forward: RequestListener = (request, response) => {
    requests.push(request);
    asked.push(`${request.method} ${request.url}`);
    if (!isAllowed(request)) {
      response.writeHead(
        407,
        challenges.flatMap((value) => ['Proxy-Authenticate', value]),
      );
      response.end('who are you');
      return;
    }
    const url = new URL(request.url ?? '');
    const port = hosts[`${url.hostname}:${url.port || 80}`];
    const headers = { ...request.headers };
    delete headers['proxy-authorization'];
    const onward = http.request({
      port,
      host: '127.0.0.1',
      method: request.method,
      path: url.pathname,
      headers,
    });
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  };
  const server = tls === undefined ? http.createServer(forward) : https.createServer(tls, forward);
  server.on('connect', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    requests.push(request);
    asked.push(`CONNECT ${request.url}`);
    socket.on('error', () => {});
    if (refuse !== undefined) return socket.end(`HTTP/1.1 ${refuse} No\r\ncontent-length: 0\r\n\r\n`);
    if (!isAllowed(request)) {
      const lines = challenges.map((value) => `Proxy-Authenticate: ${value}\r\n`).join('');
      return socket.end(`HTTP/1.1 407 Who\r\n${lines}content-length: 0\r\n\r\n`);
    }
    const port = hosts[request.url ?? ''];
    if (port === undefined) return socket.end('HTTP/1.1 502 Unknown\r\n\r\n');
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n');
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
    return undefined;
  });
  return { ...(await start(server, requests)), asked };
}
