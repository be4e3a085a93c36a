/** A server of OpenAI's API whose every answer is written by the test: status, headers, events, their pieces and pauses. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A request as the server got it. */
export interface ScriptedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Parsed; undefined for a request without a body. */
  readonly body: Record<string, unknown> | undefined;
}

/** An answer. */
export interface ScriptedReply {
  /** Defaults to 200. */
  readonly status?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sent as it is, piece by piece, each with a flush of its own; a promise is waited for. */
  readonly pieces?: Iterable<string | Uint8Array | Promise<unknown>> | undefined;
  /** Sent as JSON. */
  readonly json?: unknown;
  /**
   * `cut` destroys the connection after the pieces, `hold` leaves it open, `drop` closes it without an answer. Defaults to
   * ending the answer.
   */
  readonly end?: 'cut' | 'hold' | 'drop' | undefined;
}

/** Answers a request; undefined is 404. */
export type ScriptedHandler = (
  request: ScriptedRequest,
) => ScriptedReply | undefined | Promise<ScriptedReply | undefined>;

/** A running server. */
export interface ScriptedServer {
  /** `http://127.0.0.1:PORT/v1` */
  readonly url: string;
  readonly host: string;
  /** All requests so far. */
  readonly requests: readonly ScriptedRequest[];
  /** Connections that are open now. */
  connections(): number;
  /** Answers that were begun and neither ended nor lost their client. */
  running(): number;
  close(): Promise<void>;
}

/** Events of a stream, each with the blank line that ends it. */
export function events(...data: readonly unknown[]): string[] {
  return data.map((one) => `data: ${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`);
}

/** An event of a chat with a piece of text. */
export function textEvent(content: string): object {
  return { choices: [{ index: 0, delta: { content }, finish_reason: null }] };
}

/** The last event of a chat. */
export function endEvent(reason = 'stop'): object {
  return { choices: [{ index: 0, delta: {}, finish_reason: reason }] };
}

/** A list of models as `/v1/models` has it. */
export function modelList(...ids: readonly string[]): ScriptedReply {
  return { json: { object: 'list', data: ids.map((id) => ({ id, object: 'model', owned_by: 'test' })) } };
}

/** Starts a server on the loopback interface. @param port that must be free. Defaults to any free one. */
export async function startScriptedServer(handler: ScriptedHandler, port = 0): Promise<ScriptedServer> {
  const requests: ScriptedRequest[] = [];
  const sockets = new Set<Socket>();
  const running = new Set<ServerResponse>();
  const server = createServer((incoming, response) => {
    running.add(response);
    response.on('close', () => running.delete(response));
    void serve(incoming, response, requests, handler).catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}/v1`,
    host: `127.0.0.1:${own}`,
    requests,
    connections: () => sockets.size,
    running: () => running.size,
    close: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

async function serve(
  incoming: IncomingMessage,
  response: ServerResponse,
  requests: ScriptedRequest[],
  handler: ScriptedHandler,
): Promise<void> {
  let text = '';
  for await (const piece of incoming.setEncoding('utf8')) text += piece;
  const body = text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>);
  const { method = '', url = '', headers } = incoming;
  const request = { method, path: url, headers, body };
  requests.push(request);
  const reply = (await handler(request)) ?? { status: 404, json: { error: { message: 'Not Found' } } };
  const { status = 200, pieces, json, end } = reply;
  if (end === 'drop') {
    incoming.socket.end();
    return;
  }
  const type = pieces === undefined ? 'application/json' : 'text/event-stream';
  response.writeHead(status, { 'content-type': type, ...reply.headers });
  response.flushHeaders();
  if (json !== undefined) response.write(JSON.stringify(json));
  for (const piece of pieces ?? []) {
    if (response.destroyed) return;
    if (piece instanceof Promise) await piece;
    else {
      response.write(piece);
      // A turn of its own, so that pieces are not put together.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  if (end === 'cut') response.destroy();
  else if (end !== 'hold') response.end();
}
