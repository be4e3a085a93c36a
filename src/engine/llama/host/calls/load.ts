/** Loads the only model of this process, once for all of its clients. */
import { flushCompileCache } from 'node:module';
import { t } from '../../../../base/l10n.ts';
import { loadKey } from '../../../../inference/index.ts';
import { type LoadParams, type LoadResult, loadCall } from '../../calls/load.ts';
import { HostError } from '../hostError.ts';
import { hasInfill, loadHostModel } from '../load/loadModel.ts';
import { type Handler, handle } from '../serve.ts';
import type { HostState } from '../state.ts';

/** Time after a load until compiled code is written, in milliseconds, because the first answer comes first. */
const FLUSH_MS = 5_000;

/** A load under way or done. */
interface Load {
  readonly key: string;
  readonly done: Promise<LoadResult>;
  readonly listeners: Set<(fraction: number) => void>;
}

export function loadHandler(state: HostState): Handler {
  let current: Load | undefined;
  return handle(loadCall, async (params, { emit }) => {
    current ??= start(state, params);
    const { key, done, listeners } = current;
    if (key !== keyOf(params))
      throw new HostError('engine-error', t('The engine process already has a model.'));
    const listener = (fraction: number): void => emit({ fraction });
    listeners.add(listener);
    try {
      return await done;
    } catch (error) {
      // It can be tried again.
      if (current.done === done) current = undefined;
      throw error;
    } finally {
      listeners.delete(listener);
    }
  });
}

function keyOf(params: LoadParams): string {
  return `${params.modelPath} ${loadKey(params)}`;
}

function start(state: HostState, params: LoadParams): Load {
  const listeners = new Set<(fraction: number) => void>();
  const onProgress = (fraction: number): void => {
    for (const listener of listeners) listener(Math.min(Math.max(fraction, 0), 1));
  };
  return { key: keyOf(params), done: load(state, params, onProgress), listeners };
}

async function load(
  state: HostState,
  params: LoadParams,
  onProgress: (fraction: number) => void,
): Promise<LoadResult> {
  state.log.restart();
  const { library, llama } = await state.llama(params.gpu);
  const loaded = await loadHostModel(params, {
    library,
    llama,
    log: state.log,
    states: state.openStates(params.stateFolder, params.maxStateBytes),
    onProgress,
  });
  state.model = loaded;
  // The process is killed at its end, so it would never be written: the next start needs it.
  setTimeout(() => flushCompileCache(), FLUSH_MS).unref();
  return {
    contextTokens: loaded.context.contextSize,
    trainContextTokens: loaded.model.trainContextSize,
    threads: loaded.threads.cores,
    gpu: loaded.gpu,
    infill: hasInfill(loaded.model),
  };
}
