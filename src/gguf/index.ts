/** Reading the header of a GGUF file. */
export { estimateMemory, type MemoryEstimate } from './memory.ts';
export { type GgufSummary, readGgufSummary } from './summary.ts';
