/** What reads one family of artifacts. */
import type { ImageManifest } from '../oci/spec/manifest.ts';
import type { ModelArtifact } from './artifact.ts';
import type { HeaderRoles } from './headers.ts';

/** What is known beside the manifest. */
export interface ReadOptions {
  /** The registry that it came from, as in {@link Reference}: `registry.ollama.ai`. */
  readonly registry?: string | undefined;
  /** What the headers of GGUFs say; they are only read if nothing else says which one is the model. */
  readonly headers?: HeaderRoles | undefined;
}

export interface ArtifactReader {
  /** Whether the manifest is of this family, supported or not. */
  recognises(manifest: ImageManifest, config: Uint8Array | undefined): boolean;
  /** @throws ModelError `unsupported-artifact`. */
  read(manifest: ImageManifest, config: Uint8Array | undefined, options: ReadOptions): ModelArtifact;
}
