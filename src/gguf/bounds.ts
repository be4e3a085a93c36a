/**
 * Finds numbers in a header that llama.cpp would misread, or that make it abort its process instead of failing. It
 * keeps counts as 32-bit integers, some of them signed: a context of 2^32 − 1 tokens becomes −1 there.
 */
import { type Localized, t } from '../base/l10n.ts';
import { quoted } from '../base/text.ts';
import { ArchitectureValues, type Metadata, textAt } from './values.ts';

const MAX_COUNT = 2 ** 31 - 1;
/** Counts that must not be 0, without the architecture's prefix; llama.cpp aborts its process for some of them. */
const NEVER_ZERO = ['context_length', 'block_count', 'embedding_length'];

/** LLAMA_MAX_LAYERS (llama.cpp, src/llama-hparams.h), above which llama.cpp aborts its process. */
const MAX_BLOCKS = 512;
/** LLAMA_MAX_EXPERTS (same file), above which it aborts too. */
const MAX_EXPERTS = 512;
const LIMITS: Readonly<Record<string, number>> = { block_count: MAX_BLOCKS, expert_count: MAX_EXPERTS };
/** Values of `rope.scaling.type` that llama.cpp knows (src/llama-model.cpp); it aborts its process for any other. */
const ROPE_SCALINGS = ['none', 'linear', 'yarn', 'longrope'];
/** Keys of models that keep a state instead of keys and values in some or all layers; such layers have no heads. */
const RECURRENT = ['ssm.conv_kernel', 'ssm.state_size', 'wkv.head_size', 'shortconv.l_cache'];
const HEADS = ['attention.head_count', 'attention.head_count_kv'];

const TEMPLATE = 'tokenizer.chat_template';

/**
 * Returns the flaw of a value that the engine needs, as in “… is not usable: `…`”, or undefined if there is none.
 * @param vocabularySize undefined if the vocabulary was not read.
 */
export function headerFlaw(
  metadata: Metadata,
  architecture: string,
  vocabularySize?: number,
): Localized | undefined {
  if (vocabularySize === 0) return t('its vocabulary is empty');
  if (metadata.has(TEMPLATE) && textAt(metadata, TEMPLATE) === undefined)
    return t('its chat template is not text');
  for (const [key, value] of metadata) {
    if (!key.startsWith(`${architecture}.`)) continue;
    const name = key.slice(architecture.length + 1);
    const numbers = typeof value === 'number' ? [value] : Array.isArray(value) ? value : [];
    if (!numbers.every(Number.isFinite)) return t('its {0} is not a number', name);
    if (/_epsilon$|^rope\.freq_base/.test(name) && numbers.some((number) => number < 0))
      return t('its {0} is negative', name);
    const most = Object.hasOwn(LIMITS, name) ? (LIMITS[name] ?? MAX_COUNT) : MAX_COUNT;
    const large = numbers.find((number) => number > most);
    if (large !== undefined)
      return t('its {0} is {1}, but llama.cpp supports at most {2}', name, large, most);
    if (NEVER_ZERO.includes(name) && numbers.includes(0)) return t('its {0} is 0', name);
  }
  const values = new ArchitectureValues(metadata, architecture);
  return ropeFlaw(metadata, architecture) ?? widthFlaw(values) ?? expertsFlaw(values);
}

function ropeFlaw(metadata: Metadata, architecture: string): Localized | undefined {
  const type = textAt(metadata, `${architecture}.rope.scaling.type`);
  if (type === undefined || ROPE_SCALINGS.includes(type)) return undefined;
  return t('its {0} is {1}, which llama.cpp does not know', 'rope.scaling.type', quoted(type, 100));
}

/** Finds heads and layers without a width, which only models with a state, or with experts, may have. */
function widthFlaw(values: ArchitectureValues): Localized | undefined {
  if (RECURRENT.some((key) => values.count(key) !== undefined)) return undefined;
  const hasExperts = (values.count('expert_count') ?? 0) > 0;
  const key = [...HEADS, ...(hasExperts ? [] : ['feed_forward_length'])].find((key) => {
    const counts = values.counts(key);
    return counts.length > 0 && counts.every((count) => count === 0);
  });
  return key === undefined ? undefined : t('its {0} is 0', key);
}

function expertsFlaw(values: ArchitectureValues): Localized | undefined {
  const all = values.count('expert_count') ?? 0;
  const used = values.count('expert_used_count') ?? 0;
  if (used > all) return t('it uses {0} of {1} experts', used, all);
  return used === 0 && all > 0 ? t('it uses none of its {0} experts', all) : undefined;
}
