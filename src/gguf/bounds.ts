/**
 * Numbers of a header that llama.cpp would take for others. It keeps counts as 32-bit integers, some of them with a
 * sign: a context of 2^32 − 1 tokens is one of −1 there, and no error.
 */
import type { Metadata } from './values.ts';

const MAX_COUNT = 2 ** 31 - 1;
/** After the architecture's name: counts that are never 0. */
const NEVER_ZERO = ['context_length'];

/** What is wrong with a count of the architecture, as in “it is not usable: `…`”; undefined if nothing is. */
export function countFlaw(metadata: Metadata, architecture: string): string | undefined {
  for (const [key, value] of metadata) {
    if (!key.startsWith(`${architecture}.`)) continue;
    const name = key.slice(architecture.length + 1);
    const numbers = typeof value === 'number' ? [value] : Array.isArray(value) ? value : [];
    const large = numbers.find((number) => number > MAX_COUNT);
    if (large !== undefined) return `its ${name} is ${large}, and llama.cpp counts up to ${MAX_COUNT}`;
    if (NEVER_ZERO.includes(name) && numbers.some((number) => number < 1)) {
      return `its ${name} is ${numbers.find((number) => number < 1)}`;
    }
  }
  return undefined;
}
