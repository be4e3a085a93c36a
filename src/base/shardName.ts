/**
 * The names of files that each hold one shard of a model. llama.cpp and transformers find the other shards by name:
 *   name ::= prefix "-" digits{5} "-of-" digits{5} extension    (llama.cpp, llama_split_path)
 * Shards are numbered from 00001.
 */

const SHARD = /^(.+)-([0-9]{5})-of-([0-9]{5})(\.[a-z]+)$/i;

/** The parts of a shard's name. */
export interface ShardName {
  /** May include folders. */
  readonly prefix: string;
  /** Counts from 1. */
  readonly number: number;
  /** Number of shards of the model. */
  readonly count: number;
  /** Includes its dot. */
  readonly extension: string;
}

/** Returns undefined if `name` is not that of a shard, such as one of none, or the third of two. */
export function parseShardName(name: string): ShardName | undefined {
  const [, prefix, number, count, extension] = SHARD.exec(name) ?? [];
  if (prefix === undefined || extension === undefined || Number(number) > Number(count)) return undefined;
  return { prefix, number: Number(number), count: Number(count), extension };
}

/** Formats the name of a shard: the inverse of {@link parseShardName}. */
export function formatShardName({ prefix, number, count, extension }: ShardName): string {
  return `${prefix}-${digits(number)}-of-${digits(count)}${extension}`;
}

function digits(value: number): string {
  return String(value).padStart(5, '0');
}

/** Returns true if both names belong to shards of one model. */
export function areShardsOfOne(a: string, b: string): boolean {
  const [one, other] = [parseShardName(a), parseShardName(b)];
  return one !== undefined && one.prefix === other?.prefix && one.count === other.count;
}
