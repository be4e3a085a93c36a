/**
 * A window that does all kinds of things with a store, one after the other, by chance:
 * `storeChild.ts <store> <host> <name,…> <seed> <actions>`. It sends how often it did what; what fails though it
 * must not is sent as a text.
 */
import { isModelError } from '../../src/base/error.ts';
import { silentLog } from '../../src/base/log.ts';
import { listModels } from '../../src/library/index.ts';
import { parseReference, type Reference, RegistryClient } from '../../src/oci/index.ts';
import { ModelStore } from '../../src/store/index.ts';
import { DEFAULT_LIMITS, LocalMover, pullModel } from '../../src/transfer/index.ts';
import { randomFrom } from '../support/random.ts';

/** What the child says. */
export type StoreMessage =
  | { readonly failure: string }
  | { readonly counts: Readonly<Record<string, number>> };

/** What happens to a person with several windows. */
const EXPECTED = ['store-busy', 'not-found', 'cancelled'];
/** Bytes of the smallest part: the models here have a few megabytes. */
const PART = 256 * 1024;

const [, , root = '', host = '', names = '', seed = '', actions = ''] = process.argv;
const random = randomFrom(Number(seed));
const counts: Record<string, number> = {};
const store = await ModelStore.open(root);
const registry = new RegistryClient();
const mover = new LocalMover({
  registry,
  log: silentLog,
  now: () => performance.now(),
  minPartBytes: PART,
  retryBaseMs: 5,
});
// A child whose test is gone must not go on.
process.on('disconnect', () => process.exit(1));

function count(what: string): void {
  counts[what] = (counts[what] ?? 0) + 1;
}

function pick<T>(list: readonly T[]): T | undefined {
  return list[Math.floor(random() * list.length)];
}

function someModel(): Reference {
  return parseReference(`${host}/${pick(names.split(','))}`);
}

async function pull(): Promise<void> {
  const cancel = new AbortController();
  const timer = random() < 0.2 ? setTimeout(() => cancel.abort(), random() * 100) : undefined;
  const { signal } = cancel;
  try {
    const result = await pullModel(someModel(), { registry, store, mover, signal, limits: DEFAULT_LIMITS });
    count(result.alreadyPresent ? 'present' : 'pulled');
  } finally {
    clearTimeout(timer);
  }
}

async function verify(): Promise<void> {
  const { damaged } = await store.verify();
  if (damaged.length > 0) throw new Error(`damaged: ${JSON.stringify(damaged)}`);
}

async function removePartial(): Promise<void> {
  const partial = pick(await store.partialDownloads());
  if (partial !== undefined) await store.removePartial(partial.digest);
}

const ACTIONS: Readonly<Record<string, () => Promise<unknown>>> = {
  pull,
  pullAgain: pull,
  pullTwo: () => Promise.all([pull(), pull()]),
  delete: () => store.deleteReference(someModel()),
  deleteAgain: () => store.deleteReference(someModel()),
  verify,
  // Without the time of grace that content has else.
  collect: () => store.collectGarbage({ graceMs: -1000 }),
  list: () => listModels(store),
  removePartial,
};

for (let done = 0; done < Number(actions); done++) {
  const name = pick(Object.keys(ACTIONS)) ?? '';
  try {
    await ACTIONS[name]?.();
    count(name);
  } catch (error) {
    if (isModelError(error) && EXPECTED.includes(error.code)) count(error.code);
    else process.send?.({ failure: `${name}: ${error instanceof Error ? error.stack : String(error)}` });
  }
}
process.send?.({ counts }, () => process.exit(0));
