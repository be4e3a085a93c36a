/** Sets damaged content of ours aside, where nothing runs it and it may still be examined. */
import type { BigIntStats } from 'node:fs';
import { copyFile, lstat, rm } from 'node:fs/promises';
import { systemErrorCode } from '../../base/error.ts';
import { guarded, renameFile, syncDirectory } from '../disk/files.ts';
import { foreignError } from '../disk/foreign.ts';
import type { Layout } from '../disk/layout.ts';
import { isFree, makeFolder } from '../disk/ownFiles.ts';
import type { HeldLock } from './heldLock.ts';
import { forgetBlob, ownQuarantined, recordQuarantined } from './records.ts';
import { giveNameBack } from './trash.ts';

/**
 * Moves content to quarantine, in place of an older copy of ours. If the lock was lost meanwhile, it is moved back.
 * @throws ModelError `store-error`, `store-busy`.
 */
export async function setAside(
  layout: Layout,
  digest: string,
  status: BigIntStats,
  held: HeldLock,
): Promise<void> {
  const [from, to] = [layout.blob(digest), layout.quarantined(digest)];
  await makeFolder(layout.root, layout.quarantine);
  if (!(await isFree(to)) && (await ownQuarantined(layout, digest)) === undefined) throw foreignError(to);
  await recordQuarantined(layout, digest, status);
  await guarded('moved-in-use', from, async () => {
    try {
      await renameFile(from, to);
    } catch (error) {
      if (systemErrorCode(error) !== 'EXDEV') throw error;
      await moveAcross(layout, digest);
    }
    await syncDirectory(layout.quarantine);
  });
  try {
    await held.step('quarantine');
  } catch (error) {
    await guarded('put back', from, () => giveNameBack(to, from));
    throw error;
  }
  await forgetBlob(layout, digest);
}

/** Moves content to `quarantine/` on another disk. */
async function moveAcross(layout: Layout, digest: string): Promise<void> {
  const near = layout.temporary(layout.quarantine);
  try {
    await copyFile(layout.blob(digest), near);
    await recordQuarantined(layout, digest, await lstat(near, { bigint: true }));
    await renameFile(near, layout.quarantined(digest));
  } catch (error) {
    await rm(near, { force: true });
    throw error;
  }
  await rm(layout.blob(digest), { force: true });
}
