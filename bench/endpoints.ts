/**
 * `npm run bench:endpoints`: the cost of an engine on a server over a bare `fetch` of the same stream.
 *
 *   npm run bench:endpoints -- [--runs 9] [--tokens 400] [--rate 200]
 *
 * A server in a thread of its own sends events of one token each at a steady rate. Both clients take turns; figures are
 * medians, and noise is the distance between the fastest and the slowest run as a part of the median.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { EndpointEngine } from '../src/engine/index.ts';
import { HttpClient } from '../src/oci/index.ts';
import { noise, spread } from './support/statistics.ts';

/** Milliseconds until the first token, as of a short prompt. */
const PROMPT_MS = 30;
const MODEL = 'bench';

interface Stream {
  readonly tokens: number;
  /** Tokens a second. */
  readonly rate: number;
}

interface Run {
  readonly firstTextMs: number;
  readonly tokensPerSecond: number;
}

/** The server's side. */
async function serve({ tokens, rate }: Stream): Promise<void> {
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      const found = request.url === '/v1/models';
      response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
      response.end(
        found ? JSON.stringify({ object: 'list', data: [{ id: MODEL, owned_by: 'bench' }] }) : '{}',
      );
      return;
    }
    for await (const _ of request);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    await delay(PROMPT_MS);
    const start = performance.now();
    for (let sent = 0; sent < tokens; ) {
      const due = Math.min(tokens, 1 + Math.floor(((performance.now() - start) * rate) / 1000));
      for (; sent < due; sent++) response.write(event({ delta: { content: ' word' }, finish_reason: null }));
      await delay(1);
    }
    response.end(`${event({ delta: {}, finish_reason: 'stop' })}data: [DONE]\n\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  parentPort?.postMessage((server.address() as AddressInfo).port);
}

function event(choice: object): string {
  const chunk = {
    id: 'chatcmpl-bench',
    object: 'chat.completion.chunk',
    created: 1,
    model: MODEL,
    choices: [{ index: 0, ...choice }],
  };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

/** The same body and as little work as possible: the bytes are looked at for the first piece of text only. */
async function bare(url: string, tokens: number): Promise<Run> {
  const start = performance.now();
  const response = await fetch(`${url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: MODEL, stream: true, messages: [{ role: 'user', content: 'Go.' }] }),
  });
  let first: number | undefined;
  for await (const _ of response.body ?? []) first ??= performance.now();
  return figures(start, first, tokens);
}

async function engineRun(engine: EndpointEngine, tokens: number): Promise<Run> {
  const start = performance.now();
  let first: number | undefined;
  await engine.chat(
    { messages: [{ role: 'user', content: 'Go.' }] },
    {
      onEvent: ({ type }) => {
        if (type === 'text') first ??= performance.now();
      },
    },
  );
  return figures(start, first, tokens);
}

function figures(start: number, first: number | undefined, tokens: number): Run {
  const end = performance.now();
  const from = first ?? end;
  return { firstTextMs: from - start, tokensPerSecond: (tokens - 1) / ((end - from) / 1000) };
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '9' },
      tokens: { type: 'string', default: '400' },
      rate: { type: 'string', default: '200' },
    },
  });
  const stream: Stream = { tokens: Number(values.tokens), rate: Number(values.rate) };
  const worker = new Worker(new URL(import.meta.url), { workerData: stream });
  const [port] = (await once(worker, 'message')) as [number];
  const url = `http://127.0.0.1:${port}/v1`;
  const http = new HttpClient();
  const engine = new EndpointEngine({ access: { http: () => http, secret: async () => undefined } });
  await engine.load({ kind: 'endpoint', url, model: MODEL });
  // Both have a connection, and their code is compiled.
  await bare(url, stream.tokens);
  await engineRun(engine, stream.tokens);
  const [theirs, ours]: [Run[], Run[]] = [[], []];
  for (let run = 0; run < Number(values.runs); run++) {
    theirs.push(await bare(url, stream.tokens));
    ours.push(await engineRun(engine, stream.tokens));
  }
  const of = (runs: readonly Run[], figure: keyof Run) => spread(runs.map((run) => run[figure]));
  const first = [of(theirs, 'firstTextMs'), of(ours, 'firstTextMs')] as const;
  const speed = [of(theirs, 'tokensPerSecond'), of(ours, 'tokensPerSecond')] as const;
  console.log(`${stream.tokens} tokens at ${stream.rate} a second, ${values.runs} runs`);
  console.log(
    `first text: ${first[0].median.toFixed(2)} ms bare, ${first[1].median.toFixed(2)} ms here, ` +
      `${(first[1].median - first[0].median).toFixed(2)} ms more (noise ${noise(first[0]).toFixed(2)})`,
  );
  console.log(
    `tokens a second: ${speed[0].median.toFixed(1)} bare, ${speed[1].median.toFixed(1)} here, ` +
      `× ${(speed[1].median / speed[0].median).toFixed(3)} (noise ${noise(speed[0]).toFixed(2)})`,
  );
  await engine.unload();
  await http.close();
  await worker.terminate();
}

if (isMainThread) await main();
else await serve(workerData as Stream);
