/** Groups unfinished downloads by model, as people see them, however many files each model has. */
import { formatReference, parseReference, type Reference } from '../oci/spec/reference.ts';
import type { ModelStore, PartialDownload } from '../store/index.ts';

/** The unfinished files of one model. */
export interface Download {
  /** The full reference, or the digest if the model is unknown. */
  readonly id: string;
  readonly reference?: Reference | undefined;
  /** Digests of the unfinished files. */
  readonly digests: readonly string[];
  /** Bytes of the unfinished files together. */
  readonly size: number;
  /** Bytes of them that have been downloaded. */
  readonly doneBytes: number;
  /** Milliseconds since 1970. */
  readonly updatedAt: number;
  /** The process that is downloading one of them now, if any. */
  readonly active: PartialDownload['active'];
  /** True if one of them has to restart, because it was stopped while it was being unpacked. */
  readonly beginsAgain: boolean;
}

/** Lists the store's unfinished downloads, the latest first. @throws ModelError `store-error`. */
export async function listDownloads(store: ModelStore): Promise<Download[]> {
  return groupDownloads(await store.partialDownloads());
}

/** Groups `partials` by model, in the order of the first of each. */
export function groupDownloads(partials: readonly PartialDownload[]): Download[] {
  const groups = new Map<string, Download>();
  for (const partial of partials) {
    const reference = referenceOf(partial);
    const id = reference === undefined ? partial.digest : formatReference(reference);
    const before = groups.get(id);
    groups.set(id, {
      id,
      reference,
      digests: [...(before?.digests ?? []), partial.digest],
      size: (before?.size ?? 0) + partial.size,
      doneBytes: (before?.doneBytes ?? 0) + partial.doneBytes,
      updatedAt: Math.max(before?.updatedAt ?? 0, partial.updatedAt),
      beginsAgain: before?.beginsAgain === true || (partial.isStream && partial.active === undefined),
      active: before?.active === 'this-process' ? before.active : (partial.active ?? before?.active),
    });
  }
  return [...groups.values()];
}

/** Parses the reference, which another process wrote, so that it may be anything. */
function referenceOf({ reference }: PartialDownload): Reference | undefined {
  try {
    return reference === undefined ? undefined : parseReference(reference);
  } catch {
    return undefined; // shown by its digest
  }
}
