/**
 * Declares the description of a GGUF's model once. Types are inferred from it, and code that stores a summary
 * (library/facts.ts) validates it with the same schema when it reads it back, so that no field is lost on the way.
 */
import * as z from 'zod';
import { samplingSchema } from '../base/sampling.ts';
import { GGUF_KINDS } from './kind.ts';

const count = z.number().nonnegative();
/** A short name in a GGUF, such as that of an architecture or a type. */
const word = z.string().max(1024);

/** A model as its metadata describes it. Fields are absent if they were not stated or not read. */
const descriptionSchema = z.object({
  /** Such as `llama` or `qwen2`; the kind of file if it has no architecture. */
  architecture: word,
  /** Set if the file is not a language model. */
  kind: z.enum(GGUF_KINDS).exactOptional(),
  name: z.string().exactOptional(),
  /** Such as `apache-2.0`, as its author wrote it. */
  license: word.exactOptional(),
  /** Such as `Q4_K_M`. */
  quantization: word.exactOptional(),
  /** Elements of all tensors; an approximation if only a label such as `7B` states it. */
  parameters: count.exactOptional(),
  /** Context length that the model was trained with, in tokens. */
  contextTokens: count.exactOptional(),
  embeddingLength: count.exactOptional(),
  /** Elements between the two halves of a layer; the largest if layers differ. */
  feedForwardLength: count.exactOptional(),
  /** Experts of a layer, of which each token uses `expertUsedCount`. */
  expertCount: count.exactOptional(),
  expertUsedCount: count.exactOptional(),
  /** Elements between the two halves of one expert. */
  expertFeedForwardLength: count.exactOptional(),
  /** Layers. */
  blockCount: count.exactOptional(),
  /** Attention heads of a layer; the largest if layers differ. */
  headCount: count.exactOptional(),
  /** Key and value heads of a layer; the largest if layers differ. */
  headCountKv: count.exactOptional(),
  /** Elements of one key. */
  keyLength: count.exactOptional(),
  /** Elements of one value. */
  valueLength: count.exactOptional(),
  /** Elements that are kept of each token, over all layers. */
  cache: z.object({
    /** Per token, in the layers with full attention. */
    fullElements: count,
    /** Per token, in the layers with a sliding window. */
    slidingElements: count,
    /** Tokens; absent if no layer has a sliding window. */
    slidingWindow: count.exactOptional(),
    /** Bytes of the states of all recurrent layers. */
    stateBytes: count,
  }),
  /** Tokens. */
  vocabularySize: count.exactOptional(),
  /** Pairs of tokens that the tokenizer joins. */
  mergeCount: count.exactOptional(),
  /** Jinja; absent above 256 KiB. */
  chatTemplate: z.string().exactOptional(),
  /** True if the chat template supports tools; absent without a template. */
  tools: z.boolean().exactOptional(),
  /** True if the chat template supports thoughts before the answer; absent without a template. */
  thinking: z.boolean().exactOptional(),
  /** True if the model can fill in the middle. */
  infill: z.boolean().exactOptional(),
  tensorCount: count.exactOptional(),
  /**
   * Bytes of the matrices that are multiplied with, by the name of their type. The token embeddings are included only
   * if they also serve as the last matrix.
   */
  matrixBytes: z.record(word, count).exactOptional(),
  /** Bytes of the token embeddings. */
  embeddingBytes: count.exactOptional(),
  /** Number of files of the model; absent if there is only one. */
  splitCount: count.exactOptional(),
  /** Sampling that the publisher recommends. */
  sampling: samplingSchema.exactOptional(),
});

/** A model whose headers were read completely. */
export const summarySchema = descriptionSchema.extend({
  /** Version of the format: 2 or 3. */
  version: count,
  parameters: count,
  infill: z.boolean(),
  tensorCount: count,
  /** Bytes of all shards together. */
  fileBytes: count,
});

/** A model as its metadata describes it. Fields are absent if they were not stated or not read. */
export type GgufDescription = Readonly<z.infer<typeof descriptionSchema>>;

/** A model whose headers were read completely. */
export type GgufSummary = Readonly<z.infer<typeof summarySchema>>;

/** Elements that are kept of each token, over all layers. */
export type CacheShape = Readonly<GgufDescription['cache']>;
