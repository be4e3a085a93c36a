/** A store that is served, and a client that asks for exactly what a test says. */
import { mkdtemp, rm } from 'node:fs/promises';
import { type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Log } from '../../../src/base/log.ts';
import { type RegistryServer, type ServerOptions, startRegistryServer } from '../../../src/serve/index.ts';
import { ModelStore } from '../../../src/store/index.ts';
import { type BuiltModel, buildDockerModel } from '../../support/dockerModel.ts';
import { addLocalModel } from '../../support/localModel.ts';

export const TINYCODE = fileURLToPath(new URL('../../fixtures/tinycode-q8_0.gguf', import.meta.url));

export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-serve-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function serve(t: TestContext, options: ServerOptions): Promise<RegistryServer> {
  const server = await startRegistryServer(options);
  t.after(() => server.close());
  return server;
}

export interface Served {
  readonly store: ModelStore;
  readonly server: RegistryServer;
  readonly model: BuiltModel;
}

/** A store with `ai/tinycode:latest` and `ai/tinycode:Q8_0`, and the server over it. */
export async function serveTinycode(t: TestContext, log?: Log): Promise<Served> {
  const store = await ModelStore.open(await temporaryFolder(t));
  const model = await buildDockerModel([TINYCODE]);
  await addLocalModel(store, 'ai/tinycode:latest', model);
  await addLocalModel(store, 'ai/tinycode:Q8_0', model);
  return { store, model, server: await serve(t, { layout: store.root, log }) };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One request without any help: paths go out as they are, and no redirect or header is added. */
export async function ask(
  server: RegistryServer,
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, path, agent: false, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

/** The code of a refusal. */
export function codeOf(answer: Answer): string {
  return JSON.parse(answer.body.toString()).errors[0].code;
}

/** A log that keeps its lines. */
export function recordingLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const add = (line: string) => void lines.push(line);
  return { lines, debug: add, info: add, warn: add, error: add };
}
