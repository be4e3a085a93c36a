/** State that the handlers of one host share: its model and llama.cpp's log. */
import { t } from '../../../base/l10n.ts';
import { HostError } from './hostError.ts';
import type { LlamaLog } from './llamaLog.ts';
import type { HostModel } from './loadModel.ts';

/** The state of a host. */
export class HostState {
  readonly log: LlamaLog;
  #model: HostModel | undefined;

  constructor(log: LlamaLog) {
    this.log = log;
  }

  get hasModel(): boolean {
    return this.#model !== undefined;
  }

  /** @throws HostError `engine-error` if no model is loaded. */
  get model(): HostModel {
    if (this.#model === undefined)
      throw new HostError('engine-error', t('No model is loaded in the engine process.'));
    return this.#model;
  }

  set model(model: HostModel) {
    this.#model = model;
  }
}
