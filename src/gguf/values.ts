/** Typed access to metadata by key. A value of another type counts as absent. */
import type { MetadataValue } from './metadata.ts';

/** Metadata as it was read. */
export type Metadata = ReadonlyMap<string, MetadataValue>;

/** Returns true for a count: an exact integer of at least 0. */
function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** The values of one architecture, by names without its prefix, such as `context_length`. */
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

  /** Returns one number for all layers, or one for each; empty if the value is absent. */
  counts(key: string): readonly number[] {
    const value = this.#metadata.get(`${this.architecture}.${key}`);
    if (isCount(value)) return [value];
    return Array.isArray(value) && value.every(isCount) ? value : [];
  }

  /** Returns true if {@link counts} has one number for each layer. */
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

/** Returns `{ [key]: value }`, or an empty object if the value is undefined. */
export function defined<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}
