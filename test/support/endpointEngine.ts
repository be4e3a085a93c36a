/** Engines on a server of a test. */
import type { TestContext } from 'node:test';
import { type EndpointAccess, EndpointEngine } from '../../src/engine/index.ts';
import { HttpClient } from '../../src/oci/index.ts';

/** An access over this process's own network, which ends with the test. @param key of all endpoints. */
export function endpointAccess(t: Pick<TestContext, 'after'>, key?: string): EndpointAccess {
  const http = new HttpClient({ stallMs: 120_000 });
  t.after(() => http.close());
  return { http: () => http, secret: async () => key };
}

/** Loads a model of a server. @param url the base of its API. */
export async function loadEndpoint(
  t: Pick<TestContext, 'after'>,
  url: string,
  model: string,
  access: EndpointAccess = endpointAccess(t),
): Promise<EndpointEngine> {
  const engine = new EndpointEngine({ access });
  t.after(() => engine.unload());
  await engine.load({ kind: 'endpoint', url, model });
  return engine;
}
