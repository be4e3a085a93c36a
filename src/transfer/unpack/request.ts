/** Layers whose files are wanted. */
import type { Descriptor } from '../../oci/index.ts';
import type { UnpackedLayer } from '../../store/index.ts';

/** A layer that is an archive. */
export interface ArchiveRequest {
  readonly descriptor: Descriptor;
  /** All members, or only what belongs to a model (see artifact/wanted.ts). */
  readonly wants: UnpackedLayer['wants'];
  /** The path of the layer's file where it is no archive but a file, compressed or not. */
  readonly path?: string | undefined;
}
