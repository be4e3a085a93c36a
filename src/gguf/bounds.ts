/**
 * Numbers of a header that llama.cpp would take for others. It keeps counts as 32-bit integers, some of them with a
 * sign: a context of 2^32 − 1 tokens is one of −1 there, and no error.
 */
import { type Metadata, textAt } from './values.ts';

const MAX_COUNT = 2 ** 31 - 1;
/** After the architecture's name: counts that are never 0; llama.cpp ends its process for some of them. */
const NEVER_ZERO = ['context_length', 'block_count', 'embedding_length'];

const TEMPLATE = 'tokenizer.chat_template';

/** What is wrong with a value that the engine needs, as in “it is not usable: `…`”; undefined if nothing is. */
export function headerFlaw(metadata: Metadata, architecture: string): string | undefined {
  if (metadata.has(TEMPLATE) && textAt(metadata, TEMPLATE) === undefined)
    return 'its chat template is no text';
  for (const [key, value] of metadata) {
    if (!key.startsWith(`${architecture}.`)) continue;
    const name = key.slice(architecture.length + 1);
    const numbers = typeof value === 'number' ? [value] : Array.isArray(value) ? value : [];
    const large = numbers.find((number) => number > MAX_COUNT);
    if (large !== undefined) return `its ${name} is ${large}, and llama.cpp counts up to ${MAX_COUNT}`;
    if (NEVER_ZERO.includes(name) && numbers.includes(0)) return `its ${name} is 0`;
  }
  return undefined;
}
