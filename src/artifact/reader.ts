/** What reads one family of artifacts. */
import type { ImageManifest } from '../oci/manifest.ts';
import type { ModelArtifact } from './artifact.ts';

export interface ArtifactReader {
  /** Whether the manifest is of this family, supported or not. */
  recognises(manifest: ImageManifest): boolean;
  /** @throws ModelError `unsupported-artifact`. */
  read(manifest: ImageManifest, config: Uint8Array | undefined): ModelArtifact;
}
