/** A file on its way from a manifest to a model, before its place is decided. */
import type { FileRole, ModelFormat } from './artifact.ts';
import type { Nameable } from './names/shards.ts';

/** A file that has no place yet. */
export interface Candidate extends Nameable {
  readonly role: FileRole;
  /** Format of weights. */
  readonly format?: ModelFormat | undefined;
  /** Role that the media type suggests if the file is beside a model; otherwise the file may be the model itself. */
  readonly hint?: FileRole | undefined;
  /** Size in bytes. */
  readonly size: number;
  readonly digest: string;
  /** Index in the manifest's layers. */
  readonly layer: number;
}
