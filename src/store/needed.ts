/** Which content must stay. */
import type { StoreParts } from './parts.ts';
import type { Survey } from './references.ts';
import { memberDigests } from './unpacked.ts';

/**
 * The digests that references or leases need, the files of leased layers included; undefined where one of them cannot be read, so that nothing may be
 * removed. Who removes something has the store's lock.
 */
export async function keptDigests(parts: StoreParts, survey: Survey): Promise<Set<string> | undefined> {
  const { references, leases, layout, log } = parts;
  if (survey.damaged > 0) {
    log.warn('No content is removed, because a reference file is damaged and may need it.');
    return undefined;
  }
  const kept = await leases.digests();
  if (kept === undefined) return undefined;
  for (const leased of [...kept]) for (const digest of await memberDigests(layout, leased)) kept.add(digest);
  for (const entry of survey.entries) {
    try {
      for (const { digest } of await references.contentOf(entry)) kept.add(digest);
    } catch (error) {
      log.warn(`No content is removed, because the manifest of ${entry.id} is unreadable: ${String(error)}`);
      return undefined;
    }
    // Always layers of the manifest in what this extension writes; a file changed by hand may say otherwise.
    for (const { digest } of entry.stored.files) kept.add(digest);
    kept.add(entry.stored.manifest.digest);
  }
  return kept;
}
