/** Between a manifest and a model: a file before it is decided which place it gets. */
import type { FileRole, ModelFormat } from './artifact.ts';
import type { Nameable } from './names/shards.ts';

/** A file that has no place yet. */
export interface Candidate extends Nameable {
  readonly role: FileRole;
  /** Of weights. */
  readonly format?: ModelFormat | undefined;
  /** What its media type says that it is beside a model, where it may be the model itself. */
  readonly hint?: FileRole | undefined;
  /** Bytes. */
  readonly size: number;
  readonly digest: string;
  /** Index in the manifest's layers. */
  readonly layer: number;
}
