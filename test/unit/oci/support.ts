/** What the tests of the registry client share. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { ModelError } from '../../../src/base/error.ts';
import {
  digestOf,
  parseReference,
  type Reference,
  RegistryClient,
  type RegistryClientOptions,
} from '../../../src/oci/index.ts';
import { type FakeRegistry, type Handler, startFakeRegistry } from '../../support/fakeRegistry.ts';

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
export const CONTENT = Buffer.from(Array.from({ length: 5000 }, (_, index) => index % 251));
export const BLOB = {
  mediaType: 'application/octet-stream',
  digest: digestOf(CONTENT),
  size: CONTENT.length,
};
export const MANIFEST = Buffer.from(
  JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config: BLOB, layers: [BLOB] }),
);

/** The sentence with which `text` is refused as a reference. */
export function refusal(text: string): string {
  try {
    parseReference(text);
  } catch (error) {
    assert.ok(error instanceof ModelError);
    assert.equal(error.code, 'reference-invalid');
    return error.message;
  }
  return assert.fail(`${text} was accepted`);
}

/** A client, the server that it talks to, and a name of something there. */
export interface Setup {
  readonly server: FakeRegistry;
  readonly client: RegistryClient;
  readonly reference: Reference;
  /** What the client wrote into its log, all levels. */
  readonly log: string[];
}

/** Starts a server that answers with `handler`, and a client. Both end with the test. */
export async function serve(
  t: TestContext,
  handler: Handler,
  options: RegistryClientOptions = {},
): Promise<Setup> {
  const server = await startFakeRegistry(handler);
  const log: string[] = [];
  const write = (line: string): void => void log.push(line);
  const client = new RegistryClient({
    retryBaseMs: 1,
    log: { debug: write, info: write, warn: write, error: write },
    ...options,
  });
  t.after(async () => {
    await client.close();
    await server.close();
  });
  return { server, client, log, reference: parseReference(`${server.host}/ai/model:tag`) };
}

/** All bytes of a body. */
export async function readBody(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  return Buffer.concat(pieces);
}
