/**
 * Runs models: kinds of engines behind one contract (`inference/`), and the pool of a window.
 *
 * `llama/` is llama.cpp in a child process for each loaded model, with `UV_THREADPOOL_SIZE=1`: node-llama-cpp starts
 * every decode from a libuv thread, and ggml's worker threads are placed badly if that is another one each time (a
 * third of the speed is lost). Threads are all cores while the machine is idle apart from us, and all but one while it is
 * not (`host/generation/threads.ts`): ggml's threads spin while another program has their core. The child never compiles
 * anything (`build: "never"`) and exits when its parent does. Once a model has been used, a process is kept ready for the
 * next one (`llama/process/spareHosts.ts`).
 *
 * One loop (`host/generation/generate.ts`) over the only sequence of a model serves chat, edits, completions and infill.
 * LlamaChat and its wrappers are not used: they replace the file's template, eat thoughts and calls, and cannot be paused.
 * A second sequence would cost up to 41 % of a small model's memory, so states of conversations are saved in files and
 * loaded again (`host/states/`): a return to a conversation evaluates only what is new. Requests give way to more urgent
 * ones between two tokens (`host/turns.ts`). Edits are drafted from the code that they copy
 * (`host/generation/promptLookup.ts`), by greedy choice only, because the library has a new sampler for each batch.
 *
 * A process serves all windows of a user (`host/clients.ts`, `host/sharing.ts`): the window that started it over a pipe,
 * others over a socket in a private folder, which they find by the model, the options and the version
 * (`process/doors.ts`). It ends when the last of them is gone, however that happens, since the system closes what a
 * process had open.
 *
 * The engine calls its process through typed calls: `llama/calls/<name>.ts` declares parameters, events and result,
 * `llama/host/calls/<name>.ts` is the work behind it. Messages are frames of JSON on a stream (`llama/channel.ts`), a
 * pipe or a socket. A frame has an end before memory is taken for it, every message is validated
 * by its receiver, and the text of an answer is bounded by the tokens that were asked for. A message that no sound host
 * sends ends the process and fails its requests. birpc, which the transfer thread uses, neither validates nor bounds,
 * and its calls have no events and no cancellation.
 *
 * llama.cpp is asked which architectures it knows (`llama/knownArchitectures.ts`), once for each name and version: it
 * is given a header with nothing but a name, in a process of its own. A list kept here would be wrong with the next
 * version.
 */
export { ENGINE_KINDS, type EngineKind, type EngineServices, engineFactory } from './kinds.ts';
export type { ProcessEngineOptions } from './llama/engineOptions.ts';
export { type GpuQueryOptions, queryGpuMemory } from './llama/gpuMemory.ts';
export {
  type ArchitectureMemory,
  Architectures,
  type ArchitecturesOptions,
} from './llama/knownArchitectures.ts';
export { doorFolder } from './llama/process/doors.ts';
export { SpareHosts } from './llama/process/spareHosts.ts';
export { ProcessEngine } from './llama/processEngine.ts';
export { unknownArchitecture } from './llama/unknownArchitecture.ts';
export { type FindOptions, type FoundEndpoint, findEndpoint, listModels } from './openai/discover.ts';
export type { EndpointAccess } from './openai/endpointClient.ts';
export { EndpointEngine, type EndpointEngineOptions } from './openai/endpointEngine.ts';
export { EnginePool, type PooledEngine } from './pool.ts';
