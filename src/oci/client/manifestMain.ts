/** The thread that reads large manifests, so that the one that asked for them goes on answering meanwhile. */
import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { isModelError } from '../../base/error.ts';
import { useTranslations } from '../../base/l10n.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import { type ImageIndex, type ImageManifest, parseManifest } from '../spec/manifest.ts';
import type { ManifestAnswer } from './manifestThread.ts';

const request = z.union([
  z.object({ bytes: z.instanceof(Uint8Array), contentType: z.string().optional() }),
  z.object({ from: z.int(), to: z.int() }),
]);

/** The layers or manifests of the one that was read last. */
let entries: readonly Descriptor[] = [];

/** Keeps the entries, which are asked for some at a time: all at once would take the other thread long to receive. */
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
    if (!isModelError(error, 'manifest-invalid')) throw error;
    return { invalid: error.message };
  }
}

useTranslations(
  (workerData as { readonly translations?: Readonly<Record<string, string>> } | null)?.translations,
);
parentPort?.on('message', (message: unknown) => parentPort?.postMessage(answer(message)));
