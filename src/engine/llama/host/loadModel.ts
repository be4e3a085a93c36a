/** Loads a model with node-llama-cpp: one model, one context, one sequence. */
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Llama, LlamaChat, LlamaContext, LlamaContextSequence, LlamaModel } from 'node-llama-cpp';
import { formatBytes } from '../../../base/format.ts';
import { singleLine } from '../../../base/text.ts';
import { contextFor, type GgufSummary, kindReason, readGgufSummary } from '../../../gguf/index.ts';
import type { Devices } from '../calls/devices.ts';
import type { LoadParams } from '../calls/load.ts';
import { unknownArchitecture } from '../unknownArchitecture.ts';
import { HostError, reasonOf } from './hostError.ts';
import type { LlamaLog } from './llamaLog.ts';
import { assertContextFits, assertModelFits } from './memoryGuard.ts';

type Library = typeof import('node-llama-cpp');

/** A model that can answer. */
export interface HostModel {
  readonly model: LlamaModel;
  readonly context: LlamaContext;
  readonly sequence: LlamaContextSequence;
  readonly chat: LlamaChat;
  readonly threads: number;
  /** `cpu`, `metal`, `cuda` or `vulkan`. */
  readonly gpu: string;
}

/**
 * CPUs that are left to the editor where all are math cores. llama.cpp's threads wait for each other in a
 * loop: as soon as one of them has to share its core, a token takes ten times as long and more.
 */
const SPARE_CPUS = 1;
/** How long llama.cpp's log lines take to arrive after a failure, milliseconds. */
export const LOG_DELAY_MS = 50;
/** Characters of llama.cpp's words in a message. */
const MAX_DETAIL = 300;
/** What llama.cpp writes of an architecture that is newer than it, or of another program. */
export const UNKNOWN_ARCHITECTURE = /unknown model architecture/;
/** What llama.cpp writes when an allocation fails; the exception itself does not say so. */
const ALLOCATION_FAILED = /unable to allocate|failed to allocate|out of memory|bad_alloc|OutOfDeviceMemory/i;

/** @throws HostError `engine-unavailable`. */
export async function importLibrary(): Promise<Library> {
  try {
    return await import('node-llama-cpp');
  } catch (error) {
    const message = `llama.cpp cannot be started here (${reasonOf(error)}). Install the extension that was built for ${process.platform} ${process.arch}.`;
    throw new HostError('engine-unavailable', message, error);
  }
}

/** @throws HostError `engine-unavailable`. */
export async function startLlama(
  library: Library,
  request: Pick<LoadParams, 'gpu' | 'threads'>,
  log: LlamaLog,
): Promise<Llama> {
  try {
    return await library.getLlama({
      gpu: request.gpu === 'off' ? false : 'auto',
      // Nothing is compiled or downloaded on the user's machine: the packaged libraries are all there is.
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      // The library's default is at least 4, which makes a machine of 2 cores a hundred times slower.
      maxThreads: request.threads ?? availableParallelism(),
      logLevel: library.LlamaLogLevel.info,
      logger: (level, message) => log.write(level, message),
    });
  } catch (error) {
    const reason =
      error instanceof library.NoBinaryFoundError ? 'there is no library for it' : reasonOf(error);
    const message = `llama.cpp cannot run on ${process.platform} ${process.arch}: ${reason}. Install the extension that was built for this platform.`;
    throw new HostError('engine-unavailable', message, error);
  }
}

/** Memory of the GPU that is not the machine's own, bytes. */
async function gpuBytes(llama: Llama): Promise<number> {
  if (llama.gpu === false) return 0;
  const { total, unifiedSize } = await llama.getVramState();
  return total - unifiedSize;
}

/** A failure of llama.cpp: what it wrote, and whether memory ran out. */
async function explain(
  library: Library,
  error: unknown,
  log: LlamaLog,
): Promise<{ detail: string; memory: boolean }> {
  await sleep(LOG_DELAY_MS);
  // llama.cpp quotes names of the file in what it writes.
  const detail = singleLine(log.problem() ?? reasonOf(error), MAX_DETAIL).replace(/\.$/, '');
  const memory = error instanceof library.InsufficientMemoryError;
  return { detail, memory: memory || log.problems.some((line) => ALLOCATION_FAILED.test(line)) };
}

async function loadModel(
  library: Library,
  llama: Llama,
  request: LoadParams,
  summary: GgufSummary,
  log: LlamaLog,
  onProgress: (fraction: number) => void,
): Promise<LlamaModel> {
  try {
    return await llama.loadModel({ modelPath: request.modelPath, onLoadProgress: onProgress });
  } catch (error) {
    const name = basename(request.modelPath);
    const { detail, memory } = await explain(library, error, log);
    if (memory) {
      const message = `The model "${name}" of ${formatBytes(summary.fileBytes)} does not fit into the free memory (${detail}). Close other programs, or pull a smaller quantisation.`;
      throw new HostError('out-of-memory', message, error);
    }
    if (log.problems.some((line) => UNKNOWN_ARCHITECTURE.test(line))) {
      const message = `${unknownArchitecture(summary.architecture)} Choose another model, or update the extension.`;
      throw new HostError('unsupported-artifact', message, error);
    }
    const message = `llama.cpp cannot load "${name}": ${detail}. Choose another model; if this one worked before, verify it.`;
    throw new HostError('gguf-invalid', message, error);
  }
}

async function createContext(
  library: Library,
  model: LlamaModel,
  summary: GgufSummary,
  request: LoadParams,
  threads: number,
  log: LlamaLog,
): Promise<LlamaContext> {
  const wanted = request.contextTokens;
  const contextTokens = contextFor({ contextTokens: model.trainContextSize }, wanted);
  assertContextFits(summary, contextTokens, await gpuBytes(model.llama));
  try {
    return await model.createContext({
      threads,
      // A size that was asked for is kept or refused. Without one, the largest that fits is taken.
      ...(wanted === undefined
        ? { contextSize: { max: contextTokens } }
        : { contextSize: contextTokens, failedCreationRemedy: false }),
    });
  } catch (error) {
    const { detail, memory } = await explain(library, error, log);
    if (memory) {
      const message = `A context of ${contextTokens} tokens does not fit into the free memory beside the model of ${formatBytes(summary.fileBytes)} (${detail}). Choose a smaller context or a smaller quantisation.`;
      throw new HostError('out-of-memory', message, error);
    }
    const message = `llama.cpp cannot create a context of ${contextTokens} tokens: ${detail}. Choose a smaller context.`;
    throw new HostError('engine-error', message, error);
  }
}

/**
 * Loads what `request` names.
 * @throws ModelError `gguf-invalid` when a file is missing, damaged or cut off.
 * @throws HostError `gguf-invalid`, `unsupported-artifact`, `out-of-memory`, `engine-unavailable`, `engine-error`.
 */
export async function loadHostModel(
  request: LoadParams,
  log: LlamaLog,
  onProgress: (fraction: number) => void,
): Promise<HostModel> {
  // Reads the header only: what is wrong with a file is said at once, and better than llama.cpp does.
  const summary = await readGgufSummary(request.modelPath);
  if (summary.kind !== undefined) {
    throw new HostError('unsupported-artifact', `${kindReason(summary.kind)} Choose another model.`);
  }
  const library = await importLibrary();
  const llama = await startLlama(library, request, log);
  assertModelFits(summary.fileBytes, await gpuBytes(llama));
  const model = await loadModel(library, llama, request, summary, log, onProgress);
  const threads = Math.max(
    1,
    request.threads ?? Math.min(llama.cpuMathCores, availableParallelism() - SPARE_CPUS),
  );
  const context = await createContext(library, model, summary, request, threads, log);
  const sequence = context.getSequence();
  const chat = new library.LlamaChat({ contextSequence: sequence });
  return { model, context, sequence, chat, threads, gpu: llama.gpu === false ? 'cpu' : llama.gpu };
}

/** Looks which GPUs there are. @throws HostError `engine-unavailable`. */
export async function findDevices(log: LlamaLog): Promise<Devices> {
  const llama = await startLlama(await importLibrary(), { gpu: 'auto' }, log);
  if (llama.gpu === false) return { gpu: 'cpu', totalBytes: 0, availableBytes: 0, unified: false };
  const { total, free, unifiedSize } = await llama.getVramState();
  return { gpu: llama.gpu, totalBytes: total, availableBytes: free, unified: unifiedSize > total / 2 };
}

/** Whether the vocabulary has the tokens of fill-in-the-middle. */
export function hasInfill(model: LlamaModel): boolean {
  const { prefix, suffix } = model.tokens.infill;
  return prefix !== null && suffix !== null;
}
