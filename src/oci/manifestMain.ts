/** The thread that reads large manifests, so that the one that asked for them goes on answering meanwhile. */
import { parentPort } from 'node:worker_threads';
import { z } from 'zod';
import { isModelError } from '../base/error.ts';
import { parseManifest } from './manifest.ts';
import type { ManifestAnswer } from './manifestThread.ts';

const request = z.object({ bytes: z.instanceof(Uint8Array), contentType: z.string().optional() });

function answer(message: unknown): ManifestAnswer {
  const { bytes, contentType } = request.parse(message);
  try {
    return { value: parseManifest(bytes, contentType) };
  } catch (error) {
    if (!isModelError(error, 'manifest-invalid')) throw error;
    return { invalid: error.message };
  }
}

parentPort?.on('message', (message: unknown) => parentPort?.postMessage(answer(message)));
