/**
 * The names of files that hold one part of a model each, by which llama.cpp and transformers find the others:
 *   name ::= prefix "-" digits{5} "-of-" digits{5} extension    (llama.cpp, llama_split_path)
 * Parts are numbered from 00001.
 */

const SHARD = /^(.+)-([0-9]{5})-of-([0-9]{5})(\.[a-z]+)$/i;

/** The name of a part, taken apart. */
export interface ShardName {
  /** May begin with folders. */
  readonly prefix: string;
  /** From 1. */
  readonly number: number;
  /** Parts of the model. */
  readonly count: number;
  /** With its dot. */
  readonly extension: string;
}

/** Returns undefined if the name is not that of a part. */
export function parseShardName(name: string): ShardName | undefined {
  const [, prefix, number, count, extension] = SHARD.exec(name) ?? [];
  if (prefix === undefined || extension === undefined) return undefined;
  return { prefix, number: Number(number), count: Number(count), extension };
}

/** The name of a part: the inverse of {@link parseShardName}. */
export function formatShardName({ prefix, number, count, extension }: ShardName): string {
  return `${prefix}-${digits(number)}-of-${digits(count)}${extension}`;
}

function digits(value: number): string {
  return String(value).padStart(5, '0');
}

/** Tells whether two names are those of parts of one model. */
export function areShardsOfOne(a: string, b: string): boolean {
  const [one, other] = [parseShardName(a), parseShardName(b)];
  return one !== undefined && one.prefix === other?.prefix && one.count === other.count;
}
