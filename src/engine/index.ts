/** What others may use of the engine. */
export type * from './engine.ts';
export { type GpuQueryOptions, queryGpuMemory } from './gpuMemory.ts';
export { EnginePool, type PooledEngine } from './pool.ts';
export { ProcessEngine, type ProcessEngineOptions } from './processEngine.ts';
