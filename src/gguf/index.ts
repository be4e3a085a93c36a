/** Reads GGUF headers, describes their models, and estimates if this machine has the memory for them. */
export {
  contextFor,
  DEFAULT_CONTEXT_TOKENS,
  type Fit,
  type GpuMemory,
  judgeFit,
  type MachineMemory,
  type Verdict,
} from './fits.ts';
export { GGUF_KINDS, type GgufKind, kindReason } from './kind.ts';
export { type EstimatedModel, estimateMemory, type MemoryEstimate } from './memory.ts';
export { describePublishedMetadata } from './publishedMetadata.ts';
export { bitsPerWeight, parametersIn, quantizationIn } from './quantization.ts';
export { type GgufDescription, type GgufSummary, summarySchema } from './schema.ts';
export type { GgufSource } from './source.ts';
export { describeGguf, kindOfFile, kindOfGguf, readGgufSummary } from './summary.ts';
