/**
 * Pulls a model in a process of its own, which a test kills, with the threads that the extension has:
 * `pullChild.ts <reference> <store> [connections]`.
 * It sends each report of progress; its last message is the result, or the error's code and sentence.
 */
import { isModelError } from '../../src/base/error.ts';
import { parseReference, RegistryClient } from '../../src/oci/index.ts';
import { ModelStore } from '../../src/store/index.ts';
import { DEFAULT_LIMITS, type PullProgress, pullModel } from '../../src/transfer/index.ts';
import { workerMover } from '../support/workerMover.ts';

/** What the child says. */
export type PullMessage =
  | { readonly progress: PullProgress }
  | { readonly pulled: { readonly fetchedBytes: number; readonly totalBytes: number } }
  | { readonly failed: { readonly code: string; readonly message: string } };

/** Resolves when the message is on its way, so that the process may end. */
function tell(message: PullMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}

const [, , reference = '', root = '', connections = String(DEFAULT_LIMITS.connections)] = process.argv;
// A child whose test is gone must not go on.
process.on('disconnect', () => process.exit(1));

const registry = new RegistryClient();
try {
  const store = await ModelStore.open(root);
  const { fetchedBytes, totalBytes } = await pullModel(parseReference(reference), {
    registry,
    store,
    mover: workerMover(),
    limits: { ...DEFAULT_LIMITS, connections: Number(connections) },
    onProgress: (progress) => void tell({ progress }),
  });
  await tell({ pulled: { fetchedBytes, totalBytes } });
  process.exit(0);
} catch (error) {
  if (!isModelError(error)) throw error;
  await tell({ failed: { code: error.code, message: error.message } });
  process.exit(1);
}
