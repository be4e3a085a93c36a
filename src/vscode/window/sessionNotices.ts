/** Notices about models that nobody asked for: one that does not fit into the memory, and one whose process died. */

import { t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import type { ListedModel, Session } from '../../session/index.ts';
import { fitOf, fitText } from '../modelFacts.ts';
import { offer, openSettings, selectAnother, showLog } from './buttons.ts';
import type { Machine } from './machine.ts';
import { showWarning } from './notify.ts';

/**
 * Tells the user with figures that a model does not fit into the free memory. It is loaded all the same: the system may
 * make room, and the engine refuses what cannot be.
 */
export async function warnIfTooLarge(model: ListedModel, machine: Machine, log: Log): Promise<void> {
  const mainMemory = await machine.mainMemory();
  // The GPU need not be asked for a model that fits without it.
  if (fitOf(model.summary, mainMemory)?.verdict !== 'none') return;
  const memory = await machine.memory();
  const fit = fitOf(model.summary, memory);
  if (fit?.verdict !== 'none') return;
  const message = t(
    '{0} {1}. It may be very slow or fail. Close other programs, or choose a smaller model or context.',
    model.label,
    fitText(fit, memory),
  );
  log.warn(message);
  void offer(showWarning, message, selectAnother(), openSettings('engine.contextSize'));
}

/** Tells of crashes. @returns a function that ends that. */
export function tellCrashes(session: Session): () => void {
  return session.onDidCrash((label) => {
    const message = t('{0} stopped unexpectedly. The next question starts it again.', label);
    void offer(showWarning, message, showLog());
  });
}
