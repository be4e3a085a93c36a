/** Models that the bench asks: a GGUF on this machine, and one on a server. */
import { stat } from 'node:fs/promises';
import type { Answerer } from '../../src/assist/index.ts';
import { type EndpointAccess, EndpointEngine, findEndpoint } from '../../src/engine/index.ts';
import { HttpClient } from '../../src/oci/index.ts';
import { benchEngine } from '../engine/world.ts';

/** A loaded model, until it is disposed of. */
export interface BenchAnswerer extends AsyncDisposable {
  readonly ready: Answerer;
}

/** Loads a GGUF. @throws ModelError as `Engine.load`. */
export async function localAnswerer(path: string): Promise<BenchAnswerer> {
  const { size: sizeBytes } = await stat(path);
  const world = await benchEngine({ model: path });
  const { engine, loaded } = world;
  return {
    ready: { engine, contextTokens: loaded.contextTokens, sizeBytes, defaults: {} },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

/** Options of {@link servedAnswerer}. */
export interface ServedOptions {
  /** The model as its server calls it. Defaults to the first one of its list. */
  readonly name?: string | undefined;
  readonly key?: string | undefined;
}

/**
 * Connects to a model on a server of OpenAI's API.
 * @param url as a person types it, with or without the path of the API.
 * @throws ModelError as `findEndpoint` and `Engine.load`; Error if the server has no model.
 */
export async function servedAnswerer(url: string, { name, key }: ServedOptions = {}): Promise<BenchAnswerer> {
  const http = new HttpClient();
  const access: EndpointAccess = { http: () => http, secret: async () => key };
  const engine = new EndpointEngine({ access });
  const dispose = async (): Promise<void> => {
    await engine.unload();
    await http.close();
  };
  try {
    const found = await findEndpoint(access, new URL(url));
    const model = name ?? found.models[0]?.id;
    if (model === undefined) throw new Error(`${found.url} serves no model.`);
    const loaded = await engine.load({ kind: 'endpoint', url: found.url, model });
    return {
      ready: { engine, contextTokens: loaded.contextTokens, defaults: {} },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}
