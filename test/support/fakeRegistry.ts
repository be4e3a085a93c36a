/** A real HTTP server on this machine that answers as a test wants: for what no honest registry does. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BuiltModel } from './dockerModel.ts';

/** Answers one request. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** A server that runs. */
export interface FakeRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** Every request so far, in order. */
  readonly requests: readonly IncomingMessage[];
  close(): Promise<void>;
}

/** Starts a server on a free port. A handler that throws fails the request with 599 and its message. */
export async function startFakeRegistry(handler: Handler): Promise<FakeRegistry> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    Promise.resolve()
      .then(() => handler(request, response))
      .catch((error: unknown) => {
        if (!response.headersSent) response.writeHead(599);
        response.end(String(error));
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    requests,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Sends JSON. */
export function sendJson(response: ServerResponse, status: number, value: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

/** Serves a built model as an honest registry does, parts included, under every repository and tag. */
export function modelHandler(model: BuiltModel): Handler {
  return async (request, response) => {
    const path = new URL(request.url ?? '', 'http://registry').pathname;
    if (path.includes('/manifests/'))
      return sendBytes(response, model.manifest, model.manifestDescriptor.mediaType);
    const digest = path.slice(path.lastIndexOf('/') + 1);
    if (digest === model.configDescriptor.digest) return sendBytes(response, model.config, OCTETS);
    const layer = model.layers.find(({ descriptor }) => descriptor.digest === digest);
    if (layer === undefined)
      return sendJson(response, 404, { errors: [{ code: 'BLOB_UNKNOWN', message: 'no' }] });
    return sendPart(request, response, await readFile(layer.path));
  };
}

const OCTETS = 'application/octet-stream';

function sendBytes(response: ServerResponse, bytes: Buffer, type: string): void {
  response.writeHead(200, { 'content-type': type, 'content-length': bytes.length });
  response.end(bytes);
}

/** The whole content, or the part that a closed `Range` asks for. */
export function sendPart(request: IncomingMessage, response: ServerResponse, content: Buffer): void {
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  if (range === null) {
    sendBytes(response, content, OCTETS);
    return;
  }
  const [first, last] = [Number(range[1]), Number(range[2])];
  const headers = {
    'content-range': `bytes ${first}-${last}/${content.length}`,
    'content-length': last - first + 1,
  };
  response.writeHead(206, headers);
  response.end(content.subarray(first, last + 1));
}
