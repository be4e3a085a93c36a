/**
 * The servers, in the order in which they are recognized: those that their list of models tells first, then those that
 * have a path of their own. Docker Model Runner answers Ollama's paths, too.
 */
import type { ListedEntry } from '../servedModel.ts';
import { foundryLocal } from './foundryLocal.ts';
import { llamaCppPython } from './llamaCppPython.ts';
import { llamaServer } from './llamaServer.ts';
import { lmStudio } from './lmStudio.ts';
import { modelRunner } from './modelRunner.ts';
import { ollama } from './ollama.ts';
import { other } from './other.ts';
import type { Ask, Server } from './server.ts';
import { vllm } from './vllm.ts';

export type { Ask, Counting, Dialect, InfillForm, Server } from './server.ts';

export const SERVERS: readonly Server[] = [
  llamaServer,
  llamaCppPython,
  vllm,
  modelRunner,
  ollama,
  lmStudio,
  foundryLocal,
  other,
];

/** Returns the program behind a list of models. */
export async function recognizeServer(entries: readonly ListedEntry[], ask: Ask): Promise<Server> {
  // A server that hangs on a path that it does not know must not hold up the others.
  const recognized = await Promise.all(SERVERS.map((server) => server.recognize(entries, ask)));
  return SERVERS.find((_, index) => recognized[index]) ?? other;
}
