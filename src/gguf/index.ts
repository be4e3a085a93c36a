/**
 * GGUF headers: read from any source, described, and turned into memory estimates and verdicts.
 *
 * `header.ts` reads from a `GgufSource`, front to back through one window: a file, or a blob in a registry
 * (`catalog/blobSource.ts`), which is one request whose body is taken as far as it is read. For a tag that is not
 * pulled, Docker's copy of the header in the config is used if there is one; a tooltip reads up to the vocabulary (some
 * kilobytes), “Inspect Model” to the end (megabytes, since the template is behind the vocabulary). Weights in an
 * archive are unpacked in memory while it arrives (`catalog/memberSource.ts`), up to the end of the header of the first
 * GGUF that may be the model: one request, cut off after 4 MiB for a tooltip and 32 MiB for “Inspect Model”.
 *
 * The reader is our own: those of node-llama-cpp and `@huggingface/gguf` take an address and fetch it themselves, past
 * the sign-in, mirrors, proxies and certificates of `oci/`, keep whole vocabularies in memory, and trust the numbers in
 * a file.
 *
 * `kind.ts` tells what a GGUF is: an adapter, a projector, a vocabulary, an importance matrix, an embedding or
 * reranking model is no language model, and says so in the library, rows and tooltips. `bounds.ts` refuses headers for
 * which llama.cpp would end its process.
 *
 * `memory.ts` follows what llama.cpp allocates: keys, values and states by the kind of each layer (`cacheShape.ts`),
 * the largest set of rows that is alive at once in a batch, and the process. The engine's guard, the verdicts and the
 * warning before a load all ask it; `test/engine/fits.test.ts` compares it with real processes and with the library's
 * own plan. Weights that llama.cpp copies for the CPU (`copied`) are resident twice until the system needs the room, so
 * they count for the size of a process, and not for a verdict. The memory of GPUs is asked once, in a process of its
 * own. `placeModel` in `fits.ts` decides all verdicts; `catalog/sizeVerdict.ts` asks it with what a size alone tells.
 */
export {
  contextFor,
  type Fit,
  type FitContext,
  type GpuMemory,
  judgeFit,
  LEAST_CONTEXT_TOKENS,
  type MachineMemory,
  type MemoryNeed,
  placeModel,
  type Verdict,
} from './fits.ts';
export { GGUF_KINDS, type GgufKind, kindReason, missingPartsReason } from './kind.ts';
export { type ContextShape, type EstimatedModel, estimateMemory, type MemoryEstimate } from './memory.ts';
export { describePublishedMetadata } from './publishedMetadata.ts';
export { bitsPerWeight, parametersIn, quantizationIn } from './quantization.ts';
export { type GgufDescription, type GgufSummary, summarySchema } from './schema.ts';
export type { GgufSource } from './source.ts';
export { describeGguf, kindOfFile, kindOfGguf, readGgufSummary } from './summary.ts';
