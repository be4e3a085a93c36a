/** What others may use of the engine. */
export { type ArchitectureMemory, Architectures, type ArchitecturesOptions } from './architectures.ts';
export type * from './engine.ts';
export { type GpuQueryOptions, queryGpuMemory } from './gpuMemory.ts';
export { EnginePool, type PooledEngine } from './pool.ts';
export { ProcessEngine, type ProcessEngineOptions } from './processEngine.ts';
export { unknownArchitecture } from './unknownArchitecture.ts';
