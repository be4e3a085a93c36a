/** What reads one family of artifacts. */
import type { ImageManifest } from '../oci/manifest.ts';
import type { ModelArtifact } from './artifact.ts';

/** What is known beside the manifest. */
export interface ReadOptions {
  /** The registry that it came from, as in {@link Reference}: `registry.ollama.ai`. */
  readonly registry?: string | undefined;
}

export interface ArtifactReader {
  /** Whether the manifest is of this family, supported or not. */
  recognises(manifest: ImageManifest, config: Uint8Array | undefined): boolean;
  /** @throws ModelError `unsupported-artifact`. */
  read(manifest: ImageManifest, config: Uint8Array | undefined, options: ReadOptions): ModelArtifact;
}
