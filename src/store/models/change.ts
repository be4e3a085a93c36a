/** Changes that remove something: all of it goes, or, if the change fails or its lock is lost, all of it comes back. */
import type { HeldLock, LockedOptions } from '../content/heldLock.ts';
import { Trash } from '../content/trash.ts';
import type { StoreParts } from './storeParts.ts';

/**
 * Runs `change` under the store's lock. What it puts into the trash is unlinked when it is complete and this process
 * has the lock still.
 * @returns what `change` returns, and the bytes that the disk got back.
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

/** The first failure is the one to tell. */
async function putBack({ log }: StoreParts, trash: Trash): Promise<void> {
  try {
    await trash.putBack();
  } catch (error) {
    log.error(`What was to be removed could not be put back: ${String(error)}`);
  }
}
