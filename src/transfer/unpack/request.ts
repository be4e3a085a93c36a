/** Layers whose files are wanted. */
import type { ArchiveLayer } from '../../artifact/index.ts';
import type { Descriptor } from '../../oci/index.ts';
import type { UnpackedLayer } from '../../store/index.ts';

/** A layer that is an archive. */
export interface ArchiveRequest {
  readonly descriptor: Descriptor;
  /** What its media type says of it, which may be wrong. */
  readonly compression: ArchiveLayer['compression'];
  /** All members, or only what belongs to a model (see artifact/wanted.ts). */
  readonly wants: UnpackedLayer['wants'];
  /** The path of the layer's file where it is no archive but a file, compressed or not. */
  readonly path?: string | undefined;
}
