/** Looks at tags of a real HTTP server. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TestContext } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { Inspector } from '../../../src/catalog/index.ts';
import { type Reference, RegistryClient } from '../../../src/oci/index.ts';
import type { BuiltModel } from '../../support/dockerModel.ts';
import {
  type FakeRegistry,
  type Handler,
  modelHandler,
  startFakeRegistry,
} from '../../support/fakeRegistry.ts';
import { HALF_BILLION, writeSyntheticGguf } from '../../support/syntheticGguf.ts';

/** Bytes that a metered server writes at once. */
const PIECE_BYTES = 65_536;

/** An inspector and the registry that it looks at. */
export interface Served {
  readonly inspector: Inspector;
  readonly server: FakeRegistry;
  readonly reference: Reference;
  /** What was logged. */
  readonly logged: readonly string[];
  /** What was asked for, in words. */
  asked(): string[];
}

/** Starts a registry that answers as a test wants. */
export async function serve(t: TestContext, handler: Handler): Promise<Served> {
  const server = await startFakeRegistry(handler);
  const registry = new RegistryClient({ retryBaseMs: 1 });
  const logged: string[] = [];
  const keep = (message: string): void => void logged.push(message);
  const log = { debug: keep, info: keep, warn: keep, error: keep };
  t.after(async () => {
    await registry.close();
    await server.close();
  });
  return {
    server,
    inspector: new Inspector({ registry: () => registry, log }),
    logged,
    reference: { registry: server.host, repository: 'ai/model', tag: '135M-Q4_K_M' },
    asked: () =>
      server.requests.map(({ url = '', headers }) => {
        const kind = url.includes('/manifests/') ? 'manifest' : 'blob';
        return headers.range === undefined ? kind : `${kind} ${headers.range}`;
      }),
  };
}

/** A model of 2 MB whose vocabulary takes more than the first window. */
export async function largeVocabulary(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-inspect-'));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, 'large.gguf');
  const small = { layers: 2, embeddingLength: 64, feedForwardLength: 64, heads: 2, headsKv: 1 };
  await writeSyntheticGguf(path, { ...HALF_BILLION, ...small, vocabularySize: 20_000 });
  return path;
}

/** Serves a model piece by piece, so that it is known how much was taken of its layers. */
export function meteredHandler(model: BuiltModel): {
  readonly handler: Handler /** Bytes. */;
  sent(): number;
} {
  const others = modelHandler(model);
  let sent = 0;
  const handler: Handler = async (request, response) => {
    const layer = model.layers.find(({ descriptor }) => request.url?.endsWith(descriptor.digest) === true);
    if (layer === undefined) return others(request, response);
    const content = await readFile(layer.path);
    const [, from = 0, to = content.length - 1] = (
      /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    ).map(Number);
    const contentRange = `bytes ${from}-${to}/${content.length}`;
    response.writeHead(206, { 'content-length': to + 1 - from, 'content-range': contentRange });
    const pieces = function* () {
      for (let at = from; at <= to; at += PIECE_BYTES) {
        const piece = content.subarray(at, Math.min(at + PIECE_BYTES, to + 1));
        sent += piece.length;
        yield piece;
      }
    };
    // Whoever has enough closes the connection.
    await pipeline(Readable.from(pieces(), { highWaterMark: 1 }), response).catch(() => {});
  };
  return { handler, sent: () => sent };
}

/** Compresses as the end of a packing's name says. */
export function packed(bytes: Buffer, packing: string): Buffer {
  if (/gz(?:ip)?$/.test(packing)) return gzipSync(bytes, { level: 1 });
  return /zstd?$/.test(packing) ? zstdCompressSync(bytes) : bytes;
}

/** Writes the content of layers, and removes it after the test. @returns their paths in order. */
export async function writeLayers(t: TestContext, ...layers: readonly Buffer[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-layers-'));
  t.after(() => rm(folder, { recursive: true }));
  const paths = layers.map((_, index) => join(folder, `layer-${index}`));
  for (const [index, path] of paths.entries()) await writeFile(path, layers[index] ?? '');
  return paths;
}
