/** Runs models: kinds of engines that implement one contract, and the pool of a window. */
export { ENGINE_KINDS, type EngineKind, type EngineServices, engineFactory } from './kinds.ts';

export { type GpuQueryOptions, queryGpuMemory } from './llama/gpuMemory.ts';
export {
  type ArchitectureMemory,
  Architectures,
  type ArchitecturesOptions,
} from './llama/knownArchitectures.ts';
export { ProcessEngine, type ProcessEngineOptions } from './llama/processEngine.ts';
export { unknownArchitecture } from './llama/unknownArchitecture.ts';
export { EnginePool, type PooledEngine } from './pool.ts';
