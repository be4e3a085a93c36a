/** Unasked notices about models: one that does not fit into memory, and one whose process crashed. */
import { t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import type { ListedModel, Session } from '../../session/index.ts';
import { localFit, memoryText } from '../modelFacts.ts';
import { offer, openSettings, selectAnother, showLog } from './buttons.ts';
import type { Machine } from './machine.ts';
import { showWarning } from './notify.ts';

/**
 * Warns the user, with figures, that a model does not fit into the free memory. It is loaded all the same: the system
 * may free some, and the engine refuses what is impossible.
 */
export async function warnIfTooLarge(model: ListedModel, machine: Machine, log: Log): Promise<void> {
  const mainMemory = await machine.mainMemory();
  // There is no need to query the GPU for a model that fits without it.
  if (localFit(model, mainMemory)?.verdict !== 'none') return;
  const memory = await machine.memory();
  const fit = localFit(model, memory);
  if (fit?.verdict !== 'none') return;
  const message = t(
    '{0} does not fit into the free memory: {1}. It may be very slow or fail. Close other programs, or choose a smaller model or context.',
    model.label,
    memoryText(fit, memory),
  );
  log.warn(message);
  void offer(showWarning, message, selectAnother(), openSettings('engine.contextSize'));
}

/** Reports crashes. @returns a function that stops it. */
export function tellCrashes(session: Session): () => void {
  return session.onDidCrash((label) => {
    const message = t('{0} stopped unexpectedly. The next question restarts it.', label);
    void offer(showWarning, message, showLog());
  });
}
