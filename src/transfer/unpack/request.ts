/** The request for the files of a layer. */
import type { ArchiveLayer } from '../../artifact/index.ts';
import type { Descriptor } from '../../oci/index.ts';
import type { UnpackedLayer } from '../../store/index.ts';

/** A layer that is an archive. */
export interface ArchiveRequest {
  readonly descriptor: Descriptor;
  /** The compression according to its media type, which may be wrong. */
  readonly compression: ArchiveLayer['compression'];
  /** All members, or only those that belong to a model (see artifact/wanted.ts). */
  readonly wants: UnpackedLayer['wants'];
  /** The path of the file if the layer is not an archive but a single file, compressed or not. */
  readonly path?: string | undefined;
}
