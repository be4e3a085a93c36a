/** A real HTTP server on this machine that answers as a test wants: for what no honest registry does. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

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
