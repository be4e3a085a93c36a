/** The thread that parses large manifests, so that the editor's own thread goes on answering meanwhile. */
import { parentPort } from 'node:worker_threads';
import * as z from 'zod';
import type { Descriptor } from '../spec/descriptor.ts';
import { type ImageIndex, type ImageManifest, ManifestError, parseManifest } from '../spec/manifest.ts';
import type { ManifestAnswer } from './manifestThread.ts';

const request = z.union([
  z.object({ bytes: z.instanceof(Uint8Array), contentType: z.string().optional() }),
  z.object({ from: z.int(), to: z.int() }),
]);

/** The layers or manifests of the latest manifest. */
let entries: readonly Descriptor[] = [];

/** Keeps the entries, which are requested in parts: receiving all at once would hold up the other thread. */
function withoutEntries(parsed: ImageManifest | ImageIndex): ManifestAnswer {
  if (parsed.kind === 'index') {
    entries = parsed.manifests;
    return { head: { ...parsed, manifests: [] }, entries: entries.length };
  }
  entries = parsed.layers;
  return { head: { ...parsed, layers: [] }, entries: entries.length };
}

function answer(message: unknown): ManifestAnswer {
  const asked = request.parse(message);
  if ('from' in asked) return { part: entries.slice(asked.from, asked.to) };
  try {
    return withoutEntries(parseManifest(asked.bytes, asked.contentType));
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    return { invalid: error.problem };
  }
}

parentPort?.on('message', (message: unknown) => parentPort?.postMessage(answer(message)));
