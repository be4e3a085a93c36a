/** Loads a model with node-llama-cpp: one model, one context, one sequence. */
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Llama, LlamaChat, LlamaContext, LlamaContextSequence, LlamaModel } from 'node-llama-cpp';
import { formatBytes } from '../../../base/format.ts';
import { asLocalized, t } from '../../../base/l10n.ts';
import { singleLine } from '../../../base/text.ts';
import { contextFor, type GgufSummary, kindReason, readGgufSummary } from '../../../gguf/index.ts';
import type { Devices } from '../calls/devices.ts';
import type { LoadParams } from '../calls/load.ts';
import { unknownArchitecture } from '../unknownArchitecture.ts';
import { HostError, reasonOf } from './hostError.ts';
import type { LlamaLog } from './llamaLog.ts';
import { assertContextFits, assertModelFits } from './memoryGuard.ts';

type Library = typeof import('node-llama-cpp');

/** A model that is ready to answer. */
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
 * CPUs that are left to the editor if all are math cores. llama.cpp's threads wait for each other in busy loops: as
 * soon as one of them has to share its core, a token takes ten times as long or more.
 */
const SPARE_CPUS = 1;
/** Time that llama.cpp's log lines take to arrive after a failure, in milliseconds. */
export const LOG_DELAY_MS = 50;
/** Longest quotation of llama.cpp in a message, in characters. */
const MAX_DETAIL = 300;
/** llama.cpp's words for an architecture that is newer than it, or belongs to another program. */
export const UNKNOWN_ARCHITECTURE = /unknown model architecture/;
/** llama.cpp's words for a failed allocation, which the exception itself does not mention. */
const ALLOCATION_FAILED = /unable to allocate|failed to allocate|out of memory|bad_alloc|OutOfDeviceMemory/i;

/** Imports node-llama-cpp. @throws HostError `engine-unavailable`. */
export async function importLibrary(): Promise<Library> {
  try {
    return await import('node-llama-cpp');
  } catch (error) {
    const message = t(
      'llama.cpp cannot be started here ({0}). Install the extension that was built for {1} {2}.',
      reasonOf(error),
      process.platform,
      process.arch,
    );
    throw new HostError('engine-unavailable', message, error);
  }
}

/** Starts llama.cpp. @throws HostError `engine-unavailable`. */
export async function startLlama(
  library: Library,
  request: Pick<LoadParams, 'gpu' | 'threads'>,
  log: LlamaLog,
): Promise<Llama> {
  try {
    return await library.getLlama({
      gpu: request.gpu === 'off' ? false : 'auto',
      // Nothing is compiled or downloaded on the user's machine; only the packaged libraries are used.
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      // The library's default is at least 4, which makes a machine with 2 cores a hundred times slower.
      maxThreads: request.threads ?? availableParallelism(),
      logLevel: library.LlamaLogLevel.info,
      logger: (level, message) => log.write(level, message),
    });
  } catch (error) {
    const reason =
      error instanceof library.NoBinaryFoundError ? t('there is no library for it') : reasonOf(error);
    const message = t(
      'llama.cpp cannot run on {0} {1}: {2}. Install the extension that was built for this platform.',
      process.platform,
      process.arch,
      reason,
    );
    throw new HostError('engine-unavailable', message, error);
  }
}

/** Returns the GPU's memory in bytes, without the part that is the machine's main memory. */
async function gpuBytes(llama: Llama): Promise<number> {
  if (llama.gpu === false) return 0;
  const { total, unifiedSize } = await llama.getVramState();
  return total - unifiedSize;
}

/** Explains a failure of llama.cpp by its log, and tells if memory ran out. */
async function explain(
  library: Library,
  error: unknown,
  log: LlamaLog,
): Promise<{ detail: string; memory: boolean }> {
  await sleep(LOG_DELAY_MS);
  // llama.cpp quotes names from the file, which are untrusted.
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
      const message = t(
        'The model "{0}" of {1} does not fit into the free memory ({2}). Close other programs, or pull a smaller quantization.',
        name,
        formatBytes(summary.fileBytes),
        detail,
      );
      throw new HostError('out-of-memory', message, error);
    }
    if (log.problems.some((line) => UNKNOWN_ARCHITECTURE.test(line))) {
      // Two localized sentences.
      const message = asLocalized(
        `${unknownArchitecture(summary.architecture)} ${t('Choose another model, or update the extension.')}`,
      );
      throw new HostError('unsupported-artifact', message, error);
    }
    const message = t(
      'llama.cpp cannot load "{0}": {1}. Choose another model; if this one worked before, verify it.',
      name,
      detail,
    );
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
      // A requested size is used or refused. Without one, the largest that fits is used.
      ...(wanted === undefined
        ? { contextSize: { max: contextTokens } }
        : { contextSize: contextTokens, failedCreationRemedy: false }),
    });
  } catch (error) {
    const { detail, memory } = await explain(library, error, log);
    if (memory) {
      const message = t(
        'A context of {0} tokens does not fit into the free memory beside the model of {1} ({2}). Choose a smaller context or a smaller quantization.',
        contextTokens,
        formatBytes(summary.fileBytes),
        detail,
      );
      throw new HostError('out-of-memory', message, error);
    }
    const message = t(
      'llama.cpp cannot create a context of {0} tokens: {1}. Choose a smaller context.',
      contextTokens,
      detail,
    );
    throw new HostError('engine-error', message, error);
  }
}

/**
 * Loads the model that `request` names.
 * @throws ModelError `gguf-invalid` if a file is missing, damaged or truncated.
 * @throws HostError `gguf-invalid`, `unsupported-artifact`, `out-of-memory`, `engine-unavailable`, `engine-error`.
 */
export async function loadHostModel(
  request: LoadParams,
  log: LlamaLog,
  onProgress: (fraction: number) => void,
): Promise<HostModel> {
  // Reads only the header, which reveals a broken file at once and with a better message than llama.cpp's.
  const summary = await readGgufSummary(request.modelPath);
  if (summary.kind !== undefined) {
    // Two localized sentences.
    const message = asLocalized(`${kindReason(summary.kind)} ${t('Choose another model.')}`);
    throw new HostError('unsupported-artifact', message);
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

/** Finds the GPUs that llama.cpp can use. @throws HostError `engine-unavailable`. */
export async function findDevices(log: LlamaLog): Promise<Devices> {
  const llama = await startLlama(await importLibrary(), { gpu: 'auto' }, log);
  if (llama.gpu === false) return { gpu: 'cpu', totalBytes: 0, availableBytes: 0, unified: false };
  const { total, free, unifiedSize } = await llama.getVramState();
  return { gpu: llama.gpu, totalBytes: total, availableBytes: free, unified: unifiedSize > total / 2 };
}

/** Returns true if the vocabulary has the tokens of fill-in-the-middle. */
export function hasInfill(model: LlamaModel): boolean {
  const { prefix, suffix } = model.tokens.infill;
  return prefix !== null && suffix !== null;
}
