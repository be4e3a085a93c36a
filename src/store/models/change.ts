/** Runs changes that remove files: either all are removed or, if the change fails or its lock is lost, all come back. */
import type { HeldLock, LockedOptions } from '../content/heldLock.ts';
import { Trash } from '../content/trash.ts';
import type { StoreParts } from './storeParts.ts';

/**
 * Runs `change` under the store's lock. Files that it moves to the trash are unlinked when it is complete and this
 * process still has the lock.
 * @returns the result of `change`, and the bytes that were freed.
 * @throws ModelError `store-busy`, `cancelled`, and what `change` throws.
 */
export async function changeWithTrash<T>(
  parts: StoreParts,
  change: (held: HeldLock, trash: Trash) => Promise<T>,
  options?: LockedOptions,
): Promise<{ readonly result: T; readonly freedBytes: number }> {
  const trash = new Trash(parts.layout);
  const result = await parts.locked(async (held) => {
    try {
      const done = await change(held, trash);
      await held.step('finish');
      return done;
    } catch (error) {
      await putBack(parts, trash);
      throw error;
    }
  }, options);
  const freedBytes = await trash.bytes();
  await trash.empty();
  return { result, freedBytes };
}

/** Only logs a failure, because the failure of the change is the one to report. */
async function putBack({ log }: StoreParts, trash: Trash): Promise<void> {
  try {
    await trash.putBack();
  } catch (error) {
    log.error(`What was to be removed could not be put back: ${String(error)}`);
  }
}
