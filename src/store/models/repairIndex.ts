/** Repairs `index.json` after a process was killed between writing a reference and the index. */
import { isModelError, systemErrorCode } from '../../base/error.ts';
import type { HeldLock } from '../content/heldLock.ts';
import type { StoreParts } from './storeParts.ts';

/**
 * Writes index.json again if it does not match `refs/`. A read-only store keeps the old one.
 * @throws ModelError `store-error`, `disk-full`.
 */
export async function repairIndex({ index, references, locked, log }: StoreParts): Promise<void> {
  if (await index.isCurrent((await references.survey()).entries)) return;
  const repair = async (held: HeldLock): Promise<void> => {
    const survey = await references.survey();
    await held.step('write-index');
    await index.write(survey.entries);
    await references.remember(survey);
  };
  try {
    await locked(repair, { waitMs: 0 });
  } catch (error) {
    // The holder of the lock writes the whole index when it is done.
    if (isModelError(error, 'store-busy')) return;
    const cause = isModelError(error) ? systemErrorCode(error.cause) : undefined;
    if (!['EACCES', 'EPERM', 'EROFS'].includes(cause ?? '')) throw error;
    log.warn(`The list of models for other tools is old: ${String(error)}`);
  }
}
