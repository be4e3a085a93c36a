/** Loads a model with node-llama-cpp: one model, one context, one sequence. */
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import type { Llama, LlamaChat, LlamaContext, LlamaContextSequence, LlamaModel } from 'node-llama-cpp';
import { formatBytes } from '../../base/format.ts';
import type { LoadRequest } from '../protocol.ts';
import { HostError, reasonOf } from './failure.ts';
import type { LlamaLog } from './log.ts';
import { assertFits, modelBytes } from './memory.ts';

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

/** What llama.cpp writes when an allocation fails; the exception itself does not say so. */
const ALLOCATION_FAILED =
  /unable to allocate|failed to allocate|out of memory|cannot allocate|OutOfDeviceMemory/i;

async function importLibrary(): Promise<Library> {
  try {
    return await import('node-llama-cpp');
  } catch (error) {
    const message = `llama.cpp cannot be started here (${reasonOf(error)}). Install the extension that was built for ${process.platform} ${process.arch}.`;
    throw new HostError('engine-unavailable', message, error);
  }
}

async function startLlama(library: Library, request: LoadRequest, log: LlamaLog): Promise<Llama> {
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

async function assertModelFits(llama: Llama, bytes: number): Promise<void> {
  const vram = llama.gpu === false ? undefined : await llama.getVramState();
  assertFits(bytes, vram === undefined ? 0 : vram.total - vram.unifiedSize);
}

async function loadModel(
  library: Library,
  llama: Llama,
  request: LoadRequest,
  bytes: number,
  log: LlamaLog,
  onProgress: (fraction: number) => void,
): Promise<LlamaModel> {
  try {
    return await llama.loadModel({ modelPath: request.modelPath, onLoadProgress: onProgress });
  } catch (error) {
    const name = basename(request.modelPath);
    const detail = log.lastProblem() ?? reasonOf(error);
    if (error instanceof library.InsufficientMemoryError || ALLOCATION_FAILED.test(detail)) {
      const message = `The model "${name}" of ${formatBytes(bytes)} does not fit into the free memory (${detail}). Close other programs, or pull a smaller quantisation.`;
      throw new HostError('out-of-memory', message, error);
    }
    const message = `The model file "${name}" cannot be loaded: ${detail}. Verify it, and pull it again when it is damaged.`;
    throw new HostError('gguf-invalid', message, error);
  }
}

async function createContext(
  library: Library,
  model: LlamaModel,
  request: LoadRequest,
  threads: number,
  log: LlamaLog,
): Promise<LlamaContext> {
  const trained = model.trainContextSize;
  try {
    return await model.createContext({
      // A size that was asked for is kept or refused. Without one, the largest that fits is taken.
      contextSize:
        request.contextTokens === undefined ? { max: trained } : Math.min(request.contextTokens, trained),
      ...(request.contextTokens === undefined ? {} : { failedCreationRemedy: false as const }),
      threads,
    });
  } catch (error) {
    const detail = log.lastProblem() ?? reasonOf(error);
    const size = request.contextTokens ?? 'any size';
    if (error instanceof library.InsufficientMemoryError || ALLOCATION_FAILED.test(detail)) {
      const message = `A context of ${size} tokens does not fit into the free memory beside the model of ${formatBytes(model.size)} (${reasonOf(error)}). Choose a smaller context or a smaller quantisation.`;
      throw new HostError('out-of-memory', message, error);
    }
    throw new HostError(
      'engine-error',
      `llama.cpp cannot create a context of ${size} tokens: ${detail}.`,
      error,
    );
  }
}

/**
 * Loads what `request` names.
 * @throws HostError `gguf-invalid`, `out-of-memory`, `engine-unavailable`, `engine-error`.
 */
export async function loadHostModel(
  request: LoadRequest,
  log: LlamaLog,
  onProgress: (fraction: number) => void,
): Promise<HostModel> {
  const bytes = await modelBytes(request.modelPath);
  const library = await importLibrary();
  const llama = await startLlama(library, request, log);
  await assertModelFits(llama, bytes);
  const model = await loadModel(library, llama, request, bytes, log, onProgress);
  const threads = Math.max(1, request.threads ?? Math.min(llama.cpuMathCores, availableParallelism()));
  const context = await createContext(library, model, request, threads, log);
  const sequence = context.getSequence();
  const chat = new library.LlamaChat({ contextSequence: sequence });
  return { model, context, sequence, chat, threads, gpu: llama.gpu === false ? 'cpu' : llama.gpu };
}

/** Whether the vocabulary has the tokens of fill-in-the-middle. */
export function hasInfill(model: LlamaModel): boolean {
  const { prefix, suffix } = model.tokens.infill;
  return prefix !== null && suffix !== null;
}
