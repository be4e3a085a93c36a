/**
 * The description of a GGUF's model, declared once: the types are inferred from it, and whoever keeps a summary and
 * reads it back (library/facts.ts) validates it with the same schema, so that no field is lost on the way.
 */
import { z } from 'zod';
import { samplingSchema } from '../base/sampling.ts';
import { GGUF_KINDS } from './kind.ts';

const count = z.number().nonnegative();
/** A name of a GGUF, such as that of an architecture or a type. */
const word = z.string().max(1024);

/** A model as its metadata describes it. What is not said, or was not read, is absent. */
const descriptionSchema = z.object({
  /** Such as `llama` or `qwen2`; what the file is if that has no architecture. */
  architecture: word,
  /** Says that it is no language model, and of which other kind. */
  kind: z.enum(GGUF_KINDS).exactOptional(),
  name: z.string().exactOptional(),
  /** Such as `apache-2.0`, as its author wrote it. */
  license: word.exactOptional(),
  /** Such as `Q4_K_M`. */
  quantization: word.exactOptional(),
  /** Elements of all tensors; about as many if only a label such as `7B` says it. */
  parameters: count.exactOptional(),
  /** Tokens that the model was trained with. */
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
  /** The elements that are kept of each token, over all layers. */
  cache: z.object({
    /** Elements for each token, in the layers with full attention. */
    fullElements: count,
    /** Elements for each token, in the layers with a sliding window. */
    slidingElements: count,
    /** Tokens; absent if no layer slides. */
    slidingWindow: count.exactOptional(),
    /** Of all recurrent layers, bytes. */
    stateBytes: count,
  }),
  /** Tokens. */
  vocabularySize: count.exactOptional(),
  /** Pairs of tokens that the tokenizer joins. */
  mergeCount: count.exactOptional(),
  /** Jinja; absent above 256 KiB. */
  chatTemplate: z.string().exactOptional(),
  /** Tells if its chat template knows tools; absent if it has none. */
  tools: z.boolean().exactOptional(),
  /** Tells if its chat template knows thoughts before the answer; absent if it has none. */
  thinking: z.boolean().exactOptional(),
  /** Tells if the model can fill in the middle. */
  infill: z.boolean().exactOptional(),
  tensorCount: count.exactOptional(),
  /**
   * Bytes of the matrices that are multiplied with, by the name of their type. The token embeddings are among
   * them only if they are the last matrix, too.
   */
  matrixBytes: z.record(word, count).exactOptional(),
  /** Of the token embeddings, bytes. */
  embeddingBytes: count.exactOptional(),
  /** Files of the model; absent if it is one. */
  splitCount: count.exactOptional(),
  /** How it wants to be sampled. */
  sampling: samplingSchema.exactOptional(),
});

/** A model whose headers were read to the end. */
export const summarySchema = descriptionSchema.extend({
  /** Of the format: 2 or 3. */
  version: count,
  parameters: count,
  infill: z.boolean(),
  tensorCount: count,
  /** Of all shards together, bytes. */
  fileBytes: count,
});

/** A model as its metadata describes it. What is not said, or was not read, is absent. */
export type GgufDescription = Readonly<z.infer<typeof descriptionSchema>>;

/** A model whose headers were read to the end. */
export type GgufSummary = Readonly<z.infer<typeof summarySchema>>;

/** Elements that are kept of each token, over all layers. */
export type CacheShape = Readonly<GgufDescription['cache']>;
