/** Names downloads in errors, as people know them: by their model. */
import { shortDigest } from '../../oci/spec/digest.ts';
import { familiarReference, parseReference } from '../../oci/spec/reference.ts';

/**
 * Returns the short reference of a download's model, or the beginning of its digest if the model is unknown.
 * @param reference in its canonical form. Another process may have written it, so it may be anything.
 */
export function downloadName({
  digest,
  reference,
}: {
  readonly digest: string;
  readonly reference?: string | undefined;
}): string {
  try {
    if (reference !== undefined) return familiarReference(parseReference(reference));
  } catch {
    // not a reference
  }
  return shortDigest(digest);
}
