/** Reads a property of a command's argument, which may be anything. Returns undefined if there is none. */
export function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
