/** A server in front of a registry that passes everything on, unless a test does something else with it. */
import { type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { type FakeRegistry, startFakeRegistry } from './fakeRegistry.ts';

/** What a test does with a request; true where it answered it, false where it is to be passed on. */
export type Fault = (
  request: IncomingMessage,
  response: ServerResponse,
  front: Front,
) => Promise<boolean> | boolean;

/** A front that runs. */
export interface Front {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly requests: readonly IncomingMessage[];
  /** The origin that requests are passed on to. */
  readonly target: string;
  close(): Promise<void>;
}

/** What comes back from the server behind a front. */
export function forward(target: string, request: IncomingMessage): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { host: _, ...headers } = request.headers;
    const { hostname, port } = new URL(target);
    const passed = send(
      {
        hostname,
        port,
        path: request.url,
        method: request.method,
        headers: { ...headers, host: `${hostname}:${port}` },
      },
      resolve,
    );
    passed.on('error', reject);
    request.pipe(passed);
  });
}

/** Passes a request on and its answer back. @param bytes of the body, after which the connection is cut. */
export async function pass(
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
  bytes = Number.POSITIVE_INFINITY,
): Promise<void> {
  const answer = await forward(target, request);
  response.writeHead(answer.statusCode ?? 500, answer.headers);
  if (bytes === Number.POSITIVE_INFINITY) {
    // A client that goes away is what tests do.
    await pipeline(answer, response).catch(() => answer.destroy());
    return;
  }
  let left = bytes;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    if (chunk.length >= left) {
      response.write(chunk.subarray(0, left), () => response.destroy());
      answer.destroy();
      return;
    }
    left -= chunk.length;
    response.write(chunk);
  }
  response.end();
}

/** @param target `http://127.0.0.1:PORT` */
export async function startFront(target: string, fault: Fault = () => false): Promise<Front> {
  const server: FakeRegistry = await startFakeRegistry(async (request, response) => {
    if (!(await fault(request, response, front))) await pass(target, request, response);
  });
  const front: Front = {
    host: server.host,
    requests: server.requests,
    target,
    close: () => server.close(),
  };
  return front;
}
