/** Decides which metadata of a GGUF is kept, and looks for fill-in-the-middle tokens in a vocabulary. */

import type { Sampling } from '../base/sampling.ts';

/**
 * Keys with the sampling that a model prefers (llama.cpp, src/llama-arch.cpp, LLM_KV_GENERAL_SAMPLING_*), which the
 * converter takes from `generation_config.json`. Mirostat and the order of samplers are left out, because the library
 * has no Mirostat and only one order.
 */
export const SAMPLING_KEYS: Readonly<Partial<Record<keyof Sampling, string>>> = {
  temperature: 'general.sampling.temp',
  topK: 'general.sampling.top_k',
  topP: 'general.sampling.top_p',
  minP: 'general.sampling.min_p',
  repeatPenalty: 'general.sampling.penalty_repeat',
  repeatLastN: 'general.sampling.penalty_last_n',
};

/** A value that is kept; of arrays, only those of numbers. */
export type MetadataValue = string | number | boolean | readonly number[];

const WANTED: ReadonlySet<string> = new Set([
  'general.architecture',
  // The kind of file: `model`, `adapter`, `mmproj`, `imatrix`.
  'general.type',
  'adapter.type',
  'imatrix.chunk_count',
  'general.name',
  'general.license',
  'general.parameter_count',
  'general.size_label',
  'general.file_type',
  'general.alignment',
  ...Object.values(SAMPLING_KEYS),
  'split.count',
  'split.no',
  'tokenizer.chat_template',
  // A second template, for conversations with tools.
  'tokenizer.chat_template.tool_use',
  'tokenizer.ggml.fim_pre_token_id',
  'tokenizer.ggml.fim_suf_token_id',
  'tokenizer.ggml.fim_mid_token_id',
  // The same three before October 2024.
  'tokenizer.ggml.prefix_token_id',
  'tokenizer.ggml.suffix_token_id',
  'tokenizer.ggml.middle_token_id',
]);

/** Keys after the architecture's prefix. Any prefix counts, because the architecture may come later in the file. */
const WANTED_OF_ARCHITECTURE = new RegExp(
  `^[a-z0-9_-]{1,64}\\.(?:${[
    'context_length|embedding_length|block_count|vocab_size|feed_forward_length|nextn_predict_layers',
    'expert_(?:count|used_count|feed_forward_length)|full_attention_interval|token_shift_count',
    'attention\\.(?:head_count|head_count_kv|sliding_window|sliding_window_pattern|shared_kv_layers)',
    'attention\\.(?:key|value)_length(?:_mla|_swa)?|attention\\.causal|pooling_type',
    'ssm\\.(?:conv_kernel|inner_size|state_size|group_count)|wkv\\.head_size|shortconv\\.l_cache',
    // A value here that is not a number makes everything the model computes NaN.
    'attention\\.(?:layer_norm_rms|layer_norm|group_norm)_epsilon|attention\\.scale',
    'rope\\.(?:freq_base|freq_base_swa|scaling\\.(?:factor|type|original_context_length))|(?:logit|residual|embedding)_scale',
  ].join('|')})$`,
);

/** Returns true if the value of `key` is kept. */
export function isWanted(key: string): boolean {
  return WANTED.has(key) || WANTED_OF_ARCHITECTURE.test(key);
}

/** Names that llama.cpp recognizes (src/llama-vocab.cpp, load of special_fim_*_id), with their meaning. */
const FIM_NAMES: Readonly<Record<string, 'prefix' | 'suffix' | 'middle'>> = {
  '<|fim_prefix|>': 'prefix',
  '<fim-prefix>': 'prefix',
  '<fim_prefix>': 'prefix',
  '<｜fim▁begin｜>': 'prefix',
  '<PRE>': 'prefix',
  '▁<PRE>': 'prefix',
  '<|code_prefix|>': 'prefix',
  '<|fim_suffix|>': 'suffix',
  '<fim-suffix>': 'suffix',
  '<fim_suffix>': 'suffix',
  '<｜fim▁hole｜>': 'suffix',
  '<SUF>': 'suffix',
  '▁<SUF>': 'suffix',
  '<|code_suffix|>': 'suffix',
  '<|fim_middle|>': 'middle',
  '<fim-middle>': 'middle',
  '<fim_middle>': 'middle',
  '<｜fim▁end｜>': 'middle',
  '<MID>': 'middle',
  '▁<MID>': 'middle',
  '<|code_middle|>': 'middle',
};

const FIM_BYTES = Object.keys(FIM_NAMES).map((name) => Buffer.from(name));
const FIRST_BYTES = new Set(FIM_BYTES.map((bytes) => bytes[0]));

/** Collects the fill-in-the-middle tokens of a vocabulary. */
export class FimTokens {
  /** Bytes of the longest name. */
  static readonly maxBytes = Math.max(...FIM_BYTES.map((bytes) => bytes.length));
  readonly #found = new Set<string>();

  /** Returns true if a token that begins with this byte may be one of the names. */
  static mayStartWith(byte: number): boolean {
    return FIRST_BYTES.has(byte);
  }

  add(token: string): void {
    if (Object.hasOwn(FIM_NAMES, token)) this.#found.add(FIM_NAMES[token] ?? '');
  }

  /** True if prefix, suffix and middle were all found. */
  get complete(): boolean {
    return this.#found.size === 3;
  }
}
