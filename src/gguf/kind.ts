/**
 * Recognizes GGUFs that are not language models: by `general.type` in the header (ggml, docs/gguf.md, and
 * gguf-py/gguf/constants.py, GGUFType), by the architecture, or by the kind of pooling (llama.h, `llama_pooling_type`).
 * The architectures that llama.cpp knows are not listed here: its process is asked for them
 * (engine/llama/knownArchitectures.ts).
 */
import { type Localized, t } from '../base/l10n.ts';
import { type Metadata, textAt } from './values.ts';

/** The kinds of GGUF that are not language models. */
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

/** A kind of GGUF that is not a language model. */
export type GgufKind = (typeof GGUF_KINDS)[number];

/** Values of `general.type` that rule out a language model; `model` and unknown values decide nothing. */
const TYPES: Readonly<Record<string, GgufKind>> = {
  adapter: 'adapter',
  lora: 'adapter',
  mmproj: 'projector',
  projector: 'projector',
  imatrix: 'imatrix',
  vocab: 'vocabulary',
  vocabulary: 'vocabulary',
};

/** Architectures that reveal the purpose of a file. */
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
  // llama.cpp has only an example program for these: they fill in a whole text instead of writing token after token.
  { kind: 'diffusion', names: new Set(['dream', 'llada', 'llada-moe', 'rnd1']) },
  // These belong to programs with formats of their own: stable-diffusion.cpp, ComfyUI-GGUF.
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

/** LLAMA_POOLING_TYPE_RANK; types 1 to 3 turn a text into one vector. */
const POOLING_RANK = 4;

/** Facts from the header outside its metadata. */
export interface KindFacts {
  /** Tensors of the first file. */
  readonly tensorCount: number;
  /** Files of the model; the first of several may have no tensors. */
  readonly splitCount: number;
  readonly hasVocabulary: boolean;
}

/** Returns the kind of a GGUF, or undefined if it is a language model or unknown. */
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
  // A model that also attends to later tokens does not write one token after another.
  return pools || metadata.get(`${architecture}.attention.causal`) === false ? 'embedding' : undefined;
}

function isVocabularyAlone({ tensorCount, splitCount, hasVocabulary }: KindFacts): boolean {
  return tensorCount === 0 && splitCount <= 1 && hasVocabulary;
}

/**
 * Returns the sentence that says why a model without some of its files does not run here, or undefined if none is
 * missing. llama.cpp finds the other files by the name of the first one, so one that was renamed is alone.
 * @param splitCount files of the model by the header of the first one.
 * @param fileCount files that there are.
 */
export function missingPartsReason(splitCount: number | undefined, fileCount: number): Localized | undefined {
  if (splitCount === undefined || splitCount <= fileCount) return undefined;
  return t(
    'Not runnable here: only {0} of the {1} files of the model. Pull it from where all of them are.',
    fileCount,
    splitCount,
  );
}

/** Returns the sentence that says why a GGUF of this kind does not run here. */
export function kindReason(kind: GgufKind): Localized {
  switch (kind) {
    case 'adapter':
      return t('Not runnable here: a LoRA adapter, which needs the model it was made for.');
    case 'control-vector':
      return t('Not runnable here: a control vector, which needs the model it was made for.');
    case 'projector':
      return t('Not runnable here: a projector for images or sound, which needs its model.');
    case 'vocabulary':
      return t('Not runnable here: a vocabulary without a model.');
    case 'imatrix':
      return t('Not runnable here: an importance matrix, which only helps to quantize its model.');
    case 'draft':
      return t('Not runnable here: a draft model, which only speeds up a larger one.');
    case 'embedding':
      return t('Not runnable here: an embedding model, which cannot chat.');
    case 'reranking':
      return t('Not runnable here: a reranking model, which cannot chat.');
    case 'diffusion':
      return t('Not runnable here: a text diffusion model, which cannot chat.');
    case 'image':
      return t('Not runnable here: an image or video generation model.');
    case 'speech':
      return t('Not runnable here: a speech model.');
  }
}
