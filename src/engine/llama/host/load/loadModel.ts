/** Loads a model with node-llama-cpp: one model, one context, one sequence. */
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  Llama,
  LlamaContext,
  LlamaContextOptions,
  LlamaContextSequence,
  LlamaModel,
} from 'node-llama-cpp';
import { formatBytes } from '../../../../base/format.ts';
import { asLocalized, type Localized, t } from '../../../../base/l10n.ts';
import { singleLine } from '../../../../base/text.ts';
import { contextFor, type GgufSummary, kindReason, readGgufSummary } from '../../../../gguf/index.ts';
import { familyOfTemplate } from '../../../../inference/format/index.ts';
import { type ChatTemplate, createChatTemplate } from '../../../../inference/template/index.ts';
import type { LoadParams } from '../../calls/load.ts';
import { unknownArchitecture } from '../../unknownArchitecture.ts';
import { Grammars } from '../generation/grammars.ts';
import { PromptEvaluator } from '../generation/promptEvaluator.ts';
import { Threads } from '../generation/threads.ts';
import { Vocabulary } from '../generation/vocabulary.ts';
import { HostError, reasonOf } from '../hostError.ts';
import type { LlamaLog } from '../llamaLog.ts';
import type { StateFolder } from '../states/stateFolder.ts';
import { StateStore } from '../states/stateStore.ts';
import { Turns } from '../turns.ts';
import { gpuBytes, type Library } from './library.ts';
import { chooseEstimates } from './memoryEstimates.ts';
import { assertContextFits, assertModelFits } from './memoryGuard.ts';
import { performanceCores } from './performanceCores.ts';

/** A model that is ready to answer. */
export interface HostModel {
  readonly model: LlamaModel;
  readonly context: LlamaContext;
  /** The only one: another one would cost up to 40 % of a small model's memory. */
  readonly sequence: LlamaContextSequence;
  readonly vocabulary: Vocabulary;
  readonly template: ChatTemplate;
  /** The family of its output, if the template tells. */
  readonly family: string | undefined;
  readonly grammars: Grammars;
  readonly prompts: PromptEvaluator;
  readonly turns: Turns;
  readonly threads: Threads;
  /** `cpu`, `metal`, `cuda` or `vulkan`. */
  readonly gpu: string;
  /** Returns those of `notes` that were not said yet, each of which is said once. */
  newNotes(notes: readonly Localized[]): readonly Localized[];
}

/** Services for a load. */
export interface LoadServices {
  readonly library: Library;
  readonly llama: Llama;
  readonly log: LlamaLog;
  /** Undefined if states are not saved. */
  readonly states: StateFolder | undefined;
  readonly onProgress: (fraction: number) => void;
}

/** Time that llama.cpp's log lines take to arrive after a failure, in milliseconds. */
export const LOG_DELAY_MS = 50;
/** Longest quotation of llama.cpp in a message, in characters. */
const MAX_DETAIL = 300;
/** llama.cpp's words for an architecture that is newer than it, or belongs to another program. */
export const UNKNOWN_ARCHITECTURE = /unknown model architecture/;
/** llama.cpp's words for a failed allocation, which the exception itself does not mention. */
const ALLOCATION_FAILED = /unable to allocate|failed to allocate|out of memory|bad_alloc|OutOfDeviceMemory/i;

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
  request: LoadParams,
  summary: GgufSummary,
  { library, llama, log, onProgress }: LoadServices,
): Promise<LlamaModel> {
  try {
    return await llama.loadModel({
      modelPath: request.modelPath,
      onLoadProgress: onProgress,
      ...(request.gpuLayers === undefined ? {} : { gpuLayers: request.gpuLayers }),
    });
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

/** Names of llama.cpp for the types of a cache. */
const CACHE_TYPE = { q8_0: 'Q8_0', q4_0: 'Q4_0' } as const;

/** llama.cpp computes with quantized values only in flash attention. */
function cacheOptions(type: 'Q8_0' | 'Q4_0'): Partial<LlamaContextOptions> {
  return { experimentalKvCacheKeyType: type, experimentalKvCacheValueType: type, flashAttention: true };
}

async function createContext(
  model: LlamaModel,
  summary: GgufSummary,
  request: LoadParams,
  cores: number,
  { library, log }: LoadServices,
): Promise<LlamaContext> {
  const { contextTokens: wanted, adapters = [], cacheType = 'f16' } = request;
  const contextTokens = contextFor({ contextTokens: model.trainContextSize }, wanted);
  assertContextFits(summary, { contextTokens, cacheType }, await gpuBytes(model.llama));
  try {
    return await model.createContext({
      // `Threads` lowers it through the library's limit.
      threads: { ideal: cores, min: 1 },
      ...(cacheType === 'f16' ? {} : cacheOptions(CACHE_TYPE[cacheType])),
      ...(adapters.length === 0 ? {} : { lora: { adapters: adapters.map((filePath) => ({ filePath })) } }),
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
 * @throws HostError `gguf-invalid`, `unsupported-artifact`, `out-of-memory`, `engine-error`.
 */
export async function loadHostModel(request: LoadParams, services: LoadServices): Promise<HostModel> {
  const { library, llama, log, states } = services;
  const summary = await readRunnable(request.modelPath);
  assertModelFits(summary.fileBytes, await gpuBytes(llama));
  chooseEstimates(library, llama);
  const model = await loadModel(request, summary, services);
  const most = availableParallelism();
  const cores = Math.min(llama.cpuMathCores, performanceCores() ?? most, most);
  const fixed = request.threads === undefined ? undefined : Math.min(request.threads, most);
  const context = await createContext(model, summary, request, fixed ?? cores, services);
  const sequence = context.getSequence();
  const vocabulary = new Vocabulary(model);
  const threads = new Threads(llama, cores, fixed);
  const store = states === undefined ? undefined : new StateStore(states, log);
  return {
    model,
    context,
    sequence,
    vocabulary,
    template: templateOf(model, vocabulary),
    family: familyOfTemplate(templateTextOf(model)),
    grammars: new Grammars(library, llama, model),
    prompts: new PromptEvaluator(sequence, threads, store),
    turns: new Turns(),
    threads,
    gpu: llama.gpu === false ? 'cpu' : llama.gpu,
    newNotes: onlyNew(),
  };
}

function onlyNew(): HostModel['newNotes'] {
  const said = new Set<Localized>();
  return (notes) => {
    const fresh = notes.filter((note) => !said.has(note));
    for (const note of fresh) said.add(note);
    return fresh;
  };
}

/** Reads only the header, which reveals a broken file at once and with a better message than llama.cpp's. */
async function readRunnable(modelPath: string): Promise<GgufSummary> {
  const summary = await readGgufSummary(modelPath);
  if (summary.kind === undefined) return summary;
  // Two localized sentences.
  const message = asLocalized(`${kindReason(summary.kind)} ${t('Choose another model.')}`);
  throw new HostError('unsupported-artifact', message);
}

function templateTextOf(model: LlamaModel): string {
  const template: unknown = model.fileInfo.metadata.tokenizer?.chat_template;
  // A file may have anything in its place.
  return typeof template === 'string' ? template : '';
}

function templateOf(model: LlamaModel, vocabulary: Vocabulary): ChatTemplate {
  const { bosString, eosString } = model.tokens;
  return createChatTemplate({
    template: templateTextOf(model),
    bosToken: bosString ?? '',
    eosToken: eosString ?? '',
    specialTexts: [...vocabulary.specialTexts],
  });
}

/** Returns true if the vocabulary has the tokens of fill-in-the-middle. */
export function hasInfill(model: LlamaModel): boolean {
  const { prefix, suffix } = model.tokens.infill;
  return prefix !== null && suffix !== null;
}
