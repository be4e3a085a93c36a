/** Divides the space of a store among its models. Pure, so that every byte is counted once and a test can prove it. */
import type { ModelContent, StoreContents } from './modelContents.ts';

/** The share of one model. */
export interface ModelShare {
  /** The full reference. */
  readonly id: string;
  /** Bytes of content that only this model needs. */
  readonly ownBytes: number;
  /** Bytes of content that other models need too. */
  readonly sharedBytes: number;
  /** The first models that share it, by their full references. */
  readonly sharedWith: readonly string[];
  /** True if more models than these share it. */
  readonly sharesWithMore: boolean;
  /** Bytes that deleting the model frees. */
  readonly freedBytes: number;
}

/** The space of a store. All numbers are bytes. */
export interface DiskReport {
  /** The largest first. */
  readonly models: readonly ModelShare[];
  /** All content, each counted once: what models need alone, what they share, and what none needs. */
  readonly contentBytes: number;
  /** Content of several models. */
  readonly sharedBytes: number;
  /** Content that no model needs any more, or not yet. */
  readonly unneededBytes: number;
}

/** Models that are named for each. All would be the square of their number. */
const NAMED = 3;

/** Makes the report. Content that a model names and the store does not have counts nothing. */
export function diskReport({ sizes, models }: StoreContents): DiskReport {
  const users = usersOf(models);
  const shares = models.map((model) => shareOf(model, sizes, users));
  const all = [...sizes].map(([digest, bytes]) => ({ bytes, count: users.get(digest)?.length ?? 0 }));
  return {
    models: shares.sort((a, b) => sum(b) - sum(a) || (a.id < b.id ? -1 : 1)),
    contentBytes: total(all),
    sharedBytes: total(all.filter(({ count }) => count > 1)),
    unneededBytes: total(all.filter(({ count }) => count === 0)),
  };
}

function sum({ ownBytes, sharedBytes }: ModelShare): number {
  return ownBytes + sharedBytes;
}

function total(items: readonly { readonly bytes: number }[]): number {
  return items.reduce((bytes, item) => bytes + item.bytes, 0);
}

/** The models that need a digest, sorted. */
function usersOf(models: readonly ModelContent[]): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>();
  const sorted = models.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  for (const { id, digests } of sorted)
    for (const digest of digests) {
      const known = users.get(digest);
      if (known === undefined) users.set(digest, [id]);
      else known.push(id);
    }
  return users;
}

function shareOf(
  { id, digests, freedBytes }: ModelContent,
  sizes: ReadonlyMap<string, number>,
  users: ReadonlyMap<string, readonly string[]>,
): ModelShare {
  let [ownBytes, sharedBytes] = [0, 0];
  const sharers = new Set<string>();
  for (const digest of digests) {
    const bytes = sizes.get(digest) ?? 0;
    // As many as may be named and one that tells that there are more, besides the model itself.
    const [first, ...others] = users.get(digest)?.slice(0, NAMED + 2) ?? [];
    if (first === undefined || others.length === 0) ownBytes += bytes;
    else if (bytes > 0) {
      sharedBytes += bytes;
      for (const other of [first, ...others]) if (other !== id) sharers.add(other);
    }
  }
  const sorted = [...sharers].sort();
  return {
    id,
    ownBytes,
    sharedBytes,
    sharedWith: sorted.slice(0, NAMED),
    sharesWithMore: sorted.length > NAMED,
    freedBytes,
  };
}
