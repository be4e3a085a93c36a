/**
 * What a GGUF is, if it is no language model: its header says it in `general.type` (ggml, docs/gguf.md, and
 * gguf-py/gguf/constants.py, GGUFType), in its architecture, or in how it pools (llama.h, `llama_pooling_type`). Which
 * architectures llama.cpp knows is not said here: it is asked (engine/architectures.ts).
 */
import { type Metadata, textAt } from './values.ts';

/** Everything that is no language model. */
export const GGUF_KINDS = [
  'adapter',
  'control-vector',
  'projector',
  'vocabulary',
  'imatrix',
  'draft',
  'embedding',
  'reranking',
  'diffusion',
  'image',
  'speech',
] as const;

/** What a GGUF is that is no language model. */
export type GgufKind = (typeof GGUF_KINDS)[number];

/** `general.type` of what is no model; `model` and what is not known say nothing. */
const TYPES: Readonly<Record<string, GgufKind>> = {
  adapter: 'adapter',
  lora: 'adapter',
  mmproj: 'projector',
  projector: 'projector',
  imatrix: 'imatrix',
  vocab: 'vocabulary',
  vocabulary: 'vocabulary',
};

/** Architectures that say what the file is for. */
const ARCHITECTURES: readonly { readonly kind: GgufKind; readonly names: ReadonlySet<string> }[] = [
  { kind: 'projector', names: new Set(['clip', 'mmproj']) },
  { kind: 'imatrix', names: new Set(['imatrix']) },
  { kind: 'control-vector', names: new Set(['controlvector']) },
  { kind: 'draft', names: new Set(['eagle', 'eagle2', 'eagle3', 'dflash', 'medusa']) },
  {
    kind: 'embedding',
    names: new Set([
      'bert',
      'distilbert',
      'nomic-bert',
      'nomic-bert-moe',
      'neo-bert',
      'modern-bert',
      'eurobert',
      'jina-bert-v2',
      'jina-bert-v3',
      'gemma-embedding',
      'llama-embed',
      't5encoder',
    ]),
  },
  // llama.cpp has an example program for these, and no chat: they fill in a whole text, and not one token after another.
  { kind: 'diffusion', names: new Set(['dream', 'llada', 'llada-moe', 'rnd1']) },
  // Programs with formats of their own: stable-diffusion.cpp, ComfyUI-GGUF.
  {
    kind: 'image',
    names: new Set([
      'sd1',
      'sd2',
      'sd3',
      'sdxl',
      'flux',
      'aura',
      'chroma',
      'hidream',
      'cosmos',
      'hyvid',
      'ltxv',
      'lumina2',
      'qwen_image',
      'wan',
    ]),
  },
  { kind: 'speech', names: new Set(['whisper', 'wavtokenizer-dec', 'kokoro', 'parler-tts', 'dia']) },
];

/** LLAMA_POOLING_TYPE_RANK; those from 1 to 3 make one vector of a text. */
const POOLING_RANK = 4;

/** What the header says beside its metadata. */
export interface KindFacts {
  /** Of the first file. */
  readonly tensorCount: number;
  /** Of the model: the first of several may have no tensors. */
  readonly splitCount: number;
  readonly hasVocabulary: boolean;
}

/** What a GGUF is; undefined for a language model, and for what is not known. */
export function kindOf(metadata: Metadata, facts: KindFacts | undefined): GgufKind | undefined {
  const type = textAt(metadata, 'general.type')?.toLowerCase() ?? '';
  const stated = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  if (stated !== undefined) return stated;
  if (metadata.has('adapter.type')) return 'adapter';
  const architecture = textAt(metadata, 'general.architecture');
  if (architecture === undefined) return metadata.has('imatrix.chunk_count') ? 'imatrix' : undefined;
  const known = ARCHITECTURES.find(({ names }) => names.has(architecture))?.kind;
  const pooling = metadata.get(`${architecture}.pooling_type`);
  if (pooling === POOLING_RANK) return 'reranking';
  if (known !== undefined) return known;
  if (facts !== undefined && isVocabularyAlone(facts)) return 'vocabulary';
  const pools = typeof pooling === 'number' && pooling >= 1 && pooling < POOLING_RANK;
  // A model that looks at what follows, too, does not write one token after another.
  return pools || metadata.get(`${architecture}.attention.causal`) === false ? 'embedding' : undefined;
}

function isVocabularyAlone({ tensorCount, splitCount, hasVocabulary }: KindFacts): boolean {
  return tensorCount === 0 && splitCount <= 1 && hasVocabulary;
}

/** As in “Not runnable here: `…`.” */
const REASONS: Readonly<Record<GgufKind, string>> = {
  adapter: 'a LoRA adapter, which needs the model that it was made for',
  'control-vector': 'a control vector, which needs the model that it was made for',
  projector: 'a projector for images or sound, which needs its model',
  vocabulary: 'a vocabulary without a model',
  imatrix: 'an importance matrix, which only serves to quantize its model',
  draft: 'a draft model, which only speeds up a larger one',
  embedding: 'an embedding model, which does not chat',
  reranking: 'a reranking model, which does not chat',
  diffusion: 'a text diffusion model, which does not chat',
  image: 'an image or video generation model',
  speech: 'a speech model',
};

/** Why it does not run here: one sentence. */
export function kindReason(kind: GgufKind): string {
  return `Not runnable here: ${REASONS[kind]}.`;
}
