/** Downloads that are not finished, as people see them: one for each model, however many files it has. */
import { formatReference, parseReference, type Reference } from '../oci/spec/reference.ts';
import type { ModelStore, PartialDownload } from '../store/index.ts';

/** The unfinished files of one model. */
export interface Download {
  /** The whole reference, or the digest where nobody knows for which model it was. */
  readonly id: string;
  readonly reference?: Reference | undefined;
  /** Of the unfinished files. */
  readonly digests: readonly string[];
  /** Bytes of the unfinished files together. */
  readonly size: number;
  /** Bytes that are there of them. */
  readonly doneBytes: number;
  /** Milliseconds since 1970. */
  readonly updatedAt: number;
  /** Whether one of them is being downloaded now: in this process, or in another one. */
  readonly active: PartialDownload['active'];
  /** Whether one of them begins again: it was stopped while files came out of it. */
  readonly beginsAgain: boolean;
}

/** The store's unfinished downloads, the latest first. @throws ModelError `store-error`. */
export async function listDownloads(store: ModelStore): Promise<Download[]> {
  return groupDownloads(await store.partialDownloads());
}

/** `partials` by their model, in the order of the first of each. */
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

/** Another process wrote it, so it may be anything. */
function referenceOf({ reference }: PartialDownload): Reference | undefined {
  try {
    return reference === undefined ? undefined : parseReference(reference);
  } catch {
    return undefined; // shown by its digest
  }
}
