/** Loads the only model of this process. */
import { t } from '../../../../base/l10n.ts';
import { loadCall } from '../../calls/load.ts';
import { HostError } from '../hostError.ts';
import { hasInfill, loadHostModel } from '../load/loadModel.ts';
import { type Handler, handle } from '../serve.ts';
import type { HostState } from '../state.ts';

export function loadHandler(state: HostState): Handler {
  return handle(loadCall, async (params, { emit }) => {
    if (state.hasModel) throw new HostError('engine-error', t('The engine process already has a model.'));
    state.log.restart();
    const { library, llama } = await state.llama(params.gpu);
    const loaded = await loadHostModel(params, {
      library,
      llama,
      log: state.log,
      states: state.openStates(params.stateFolder, params.maxStateBytes),
      onProgress: (fraction) => emit({ fraction: Math.min(Math.max(fraction, 0), 1) }),
    });
    state.model = loaded;
    return {
      contextTokens: loaded.context.contextSize,
      trainContextTokens: loaded.model.trainContextSize,
      threads: loaded.threads.cores,
      gpu: loaded.gpu,
      infill: hasInfill(loaded.model),
    };
  });
}
