/**
 * Numbers of a header that llama.cpp would take for others, or for which it ends its process in place of an error. It
 * keeps counts as 32-bit integers, some of them with a sign: a context of 2^32 − 1 tokens is one of −1 there.
 */
import { ArchitectureValues, type Metadata, textAt } from './values.ts';

const MAX_COUNT = 2 ** 31 - 1;
/** After the architecture's name: counts that are never 0; llama.cpp ends its process for some of them. */
const NEVER_ZERO = ['context_length', 'block_count', 'embedding_length'];

/** LLAMA_MAX_LAYERS (llama.cpp, src/llama-hparams.h), beyond which it ends the process. */
const MAX_BLOCKS = 512;
/** Models with these keep a state in place of keys and values in some or all layers, which have no heads then. */
const RECURRENT = ['ssm.conv_kernel', 'ssm.state_size', 'wkv.head_size', 'shortconv.l_cache'];
const HEADS = ['attention.head_count', 'attention.head_count_kv'];

const TEMPLATE = 'tokenizer.chat_template';

/**
 * The flaw of a value that the engine needs, as in “it is not usable: `…`”; undefined if there is none.
 * @param vocabularySize undefined if the vocabulary was not read.
 */
export function headerFlaw(
  metadata: Metadata,
  architecture: string,
  vocabularySize?: number,
): string | undefined {
  if (vocabularySize === 0) return 'its vocabulary is empty';
  if (metadata.has(TEMPLATE) && textAt(metadata, TEMPLATE) === undefined)
    return 'its chat template is no text';
  for (const [key, value] of metadata) {
    if (!key.startsWith(`${architecture}.`)) continue;
    const name = key.slice(architecture.length + 1);
    const numbers = typeof value === 'number' ? [value] : Array.isArray(value) ? value : [];
    if (!numbers.every(Number.isFinite)) return `its ${name} is no number`;
    if (name.endsWith('_epsilon') && numbers.some((number) => number < 0)) return `its ${name} is negative`;
    const blocks = name === 'block_count' ? numbers.find((number) => number > MAX_BLOCKS) : undefined;
    if (blocks !== undefined) return `its ${name} is ${blocks}, and llama.cpp takes up to ${MAX_BLOCKS}`;
    const large = numbers.find((number) => number > MAX_COUNT);
    if (large !== undefined) return `its ${name} is ${large}, and llama.cpp counts up to ${MAX_COUNT}`;
    if (NEVER_ZERO.includes(name) && numbers.includes(0)) return `its ${name} is 0`;
  }
  const values = new ArchitectureValues(metadata, architecture);
  return headsFlaw(values) ?? expertsFlaw(values);
}

function headsFlaw(values: ArchitectureValues): string | undefined {
  if (RECURRENT.some((key) => values.count(key) !== undefined)) return undefined;
  const key = HEADS.find((key) => {
    const counts = values.counts(key);
    return counts.length > 0 && counts.every((count) => count === 0);
  });
  return key === undefined ? undefined : `its ${key} is 0`;
}

function expertsFlaw(values: ArchitectureValues): string | undefined {
  const all = values.count('expert_count') ?? 0;
  const used = values.count('expert_used_count') ?? 0;
  if (used > all) return `it uses ${used} experts of ${all}`;
  return used === 0 && all > 0 ? `it uses none of its ${all} experts` : undefined;
}
