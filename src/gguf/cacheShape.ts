/**
 * Works out what a model keeps of each token, layer by layer, following llama.cpp's rules in src/llama-kv-cache*.cpp,
 * src/llama-memory-*.cpp and the `load_arch_hparams` of src/models. There are three kinds of layers:
 *   full       keep a key and a value of every token of the context
 *   sliding    keep those of the last tokens only (sliding window attention)
 *   recurrent  keep one state, however long the conversation is
 */
import type { CacheShape } from './schema.ts';
import type { ArchitectureValues } from './values.ts';

/** Sliding layers of architectures whose files do not list them: the last of every `period` has full attention. */
const SLIDING_PERIODS: Readonly<Record<string, { period: number; window?: number; fullFirst?: boolean }>> = {
  gemma2: { period: 2, window: 4096 },
  gemma3: { period: 6 },
  gemma3n: { period: 5 },
  cohere2: { period: 4 },
  olmo2: { period: 4 },
  exaone4: { period: 4 },
  'exaone-moe': { period: 4 },
  'gpt-oss': { period: 2 },
  afmoe: { period: 4 },
  plamo3: { period: 8 },
  // Applies whatever the file says, unless it says 0.
  llama4: { period: 4, window: 8192 },
  smallthinker: { period: 4, window: 4096, fullFirst: true },
};

/** Architectures in which every n-th layer has attention and the others are recurrent. */
const FULL_ATTENTION_INTERVALS: Readonly<Record<string, number>> = {
  qwen3next: 4,
  qwen35: 4,
  qwen35moe: 4,
  'minimax-01': 8,
};

/** Architectures without any attention. */
const RECURRENT: ReadonlySet<string> = new Set(['mamba', 'mamba2', 'rwkv6', 'rwkv6qwen2', 'rwkv7', 'arwkv7']);

/** Architectures whose layers have both attention and a state. */
const PARALLEL: ReadonlySet<string> = new Set(['falcon-h1']);

/** Bytes of one element of a state, which is F32. */
const STATE_ELEMENT_BYTES = 4;
/** Layers with a cache of their own in the only model of this architecture; the others share an earlier one. */
const GEMMA3N_LAYERS_WITH_CACHE = 20;
/** Most layers that are counted; the largest models have 130. */
const MAX_LAYERS = 1024;

/** Returns the value for a layer from a list that has one number for all layers, or one for each. */
function at(values: readonly number[], layer: number): number | undefined {
  return values.length > 1 ? values[layer] : values[0];
}

/** Computes what is kept. A model that says nothing about its layers gets a shape of zeros. */
export function cacheShape(values: ArchitectureValues): CacheShape {
  const layers = Math.min(cachedLayers(values), MAX_LAYERS);
  const slides = slidingLayers(values);
  const keeps = keyValueElements(values);
  const recurs = recurrentLayers(values);
  const state = stateElements(values);
  let fullElements = 0;
  let slidingElements = 0;
  let stateLayers = 0;
  for (let layer = 0; layer < layers; layer++) {
    const isRecurrent = recurs(layer);
    if (isRecurrent) stateLayers++;
    if (isRecurrent && !PARALLEL.has(values.architecture)) continue;
    if (slides?.isSliding(layer) === true) slidingElements += keeps(layer, true);
    else fullElements += keeps(layer, false);
  }
  return {
    fullElements,
    slidingElements,
    ...(slides === undefined || slidingElements === 0 ? {} : { slidingWindow: slides.window }),
    stateBytes: stateLayers * state * STATE_ELEMENT_BYTES,
  };
}

/** Counts the layers with a cache of their own, without those that only draft or that reuse the cache of others. */
function cachedLayers(values: ArchitectureValues): number {
  const blocks = values.count('block_count') ?? 0;
  const layers = blocks - (values.count('nextn_predict_layers') ?? 0);
  if (values.architecture === 'gemma3n') return Math.min(layers, GEMMA3N_LAYERS_WITH_CACHE);
  return Math.max(0, layers - (values.count('attention.shared_kv_layers') ?? 0));
}

function slidingLayers(
  values: ArchitectureValues,
): { window: number; isSliding: (layer: number) => boolean } | undefined {
  const known = SLIDING_PERIODS[values.architecture];
  const stated = values.count('attention.sliding_window');
  const window = stated === 0 ? undefined : (known?.window ?? stated);
  if (window === undefined) return undefined;
  const pattern = values.counts('attention.sliding_window_pattern');
  if (values.isList('attention.sliding_window_pattern')) {
    return { window, isSliding: (layer) => (pattern[layer] ?? 0) !== 0 };
  }
  const period = pattern[0] ?? known?.period;
  // Without a pattern llama.cpp ignores the window, which Phi 3 and Mistral state too.
  if (period === undefined) return undefined;
  if (known?.fullFirst === true) return { window, isSliding: (layer) => layer % period !== 0 };
  return { window, isSliding: (layer) => period === 0 || layer % period < period - 1 };
}

/** Returns a function that gives the elements that a layer keeps of each token. */
function keyValueElements(values: ArchitectureValues): (layer: number, slides: boolean) => number {
  const heads = values.counts('attention.head_count');
  const stated = values.counts('attention.head_count_kv');
  const headsKv = stated.length > 0 ? stated : heads;
  const perHead = (values.count('embedding_length') ?? 0) / Math.max(1, Math.max(1, ...heads));
  const key = values.count('attention.key_length') ?? perHead;
  // Multi-head latent attention keeps one compressed row and derives the value from it.
  const isLatent = values.count('attention.key_length_mla') !== undefined;
  const value = isLatent ? 0 : (values.count('attention.value_length') ?? perHead);
  const slidingKey = values.count('attention.key_length_swa') ?? key;
  const slidingValue = isLatent ? 0 : (values.count('attention.value_length_swa') ?? value);
  return (layer, slides) => (at(headsKv, layer) ?? 0) * (slides ? slidingKey + slidingValue : key + value);
}

function recurrentLayers(values: ArchitectureValues): (layer: number) => boolean {
  const { architecture } = values;
  if (RECURRENT.has(architecture) || PARALLEL.has(architecture)) return () => true;
  const interval = FULL_ATTENTION_INTERVALS[architecture];
  if (interval !== undefined) {
    const stated = values.count('full_attention_interval') || interval;
    return (layer) => (layer + 1) % stated !== 0;
  }
  // Jamba, Granite, LFM2 and Nemotron have no key-value heads in layers without attention.
  const headsKv = values.counts('attention.head_count_kv');
  if (!values.isList('attention.head_count_kv')) return () => false;
  return (layer) => headsKv[layer] === 0;
}

/** Elements of one recurrent layer's state (`n_embd_r` and `n_embd_s` of src/llama-hparams.cpp). */
function stateElements(values: ArchitectureValues): number {
  const width = values.count('embedding_length') ?? 0;
  const wkvHead = values.count('wkv.head_size') ?? 0;
  if (wkvHead > 0) return (values.count('token_shift_count') ?? 2) * width + width * wkvHead;
  const shortConvolution = values.count('shortconv.l_cache') ?? 0;
  if (shortConvolution > 0) return width * (shortConvolution - 1);
  const inner = values.count('ssm.inner_size') ?? 0;
  const state = values.count('ssm.state_size') ?? 0;
  const groups = values.count('ssm.group_count') ?? 0;
  const kernel = values.count('ssm.conv_kernel') ?? 0;
  return Math.max(0, kernel - 1) * (inner + 2 * groups * state) + state * inner;
}
