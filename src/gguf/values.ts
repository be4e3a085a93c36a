/** Metadata by key, with the types that are wanted: whatever is of another type is as good as absent. */
import type { MetadataValue } from './metadata.ts';

/** Metadata as it was read. */
export type Metadata = ReadonlyMap<string, MetadataValue>;

/** A count: whole, not negative and exact. */
function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** The values of one architecture, under the names without its prefix: `context_length`. */
export class ArchitectureValues {
  readonly #metadata: Metadata;
  readonly architecture: string;

  constructor(metadata: Metadata, architecture: string) {
    this.#metadata = metadata;
    this.architecture = architecture;
  }

  count(key: string): number | undefined {
    return countAt(this.#metadata, `${this.architecture}.${key}`);
  }

  /** A value that is one number for all layers, or one for each; empty where there is none. */
  counts(key: string): readonly number[] {
    const value = this.#metadata.get(`${this.architecture}.${key}`);
    if (isCount(value)) return [value];
    return Array.isArray(value) && value.every(isCount) ? value : [];
  }

  /** Whether {@link counts} has one number for each layer. */
  isList(key: string): boolean {
    return Array.isArray(this.#metadata.get(`${this.architecture}.${key}`));
  }
}

export function countAt(metadata: Metadata, key: string): number | undefined {
  const value = metadata.get(key);
  return isCount(value) ? value : undefined;
}

export function textAt(metadata: Metadata, key: string): string | undefined {
  const value = metadata.get(key);
  return typeof value === 'string' ? value : undefined;
}

export function largest(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.max(...values);
}

export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** `{ [key]: value }`, or nothing where the value is undefined. */
export function defined<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}
