/** The interface that each family of artifacts implements. */
import type { Steps } from '../base/steps.ts';
import type { ImageManifest } from '../oci/spec/manifest.ts';
import type { ModelArtifact } from './artifact.ts';
import type { HeaderRoles } from './headers.ts';

/** Context of a manifest. */
export interface ReadOptions {
  /** The registry that served it, as in {@link Reference}: `registry.ollama.ai`. */
  readonly registry?: string | undefined;
  /** Roles from the headers of GGUFs, which are read only if nothing else says which one is the model. */
  readonly headers?: HeaderRoles | undefined;
}

/** One family of artifacts. To add one, see `FAMILIES` in read.ts. */
export interface ArtifactFamily {
  /** Reads what {@link recognizes} needs to know of every layer. */
  prepare?(manifest: ImageManifest): Steps<void>;
  /** Returns true if the manifest belongs to this family, supported or not. */
  recognizes(manifest: ImageManifest, config: Uint8Array | undefined): boolean;
  /** @throws ModelError `unsupported-artifact`. */
  read(manifest: ImageManifest, config: Uint8Array | undefined, options: ReadOptions): Steps<ModelArtifact>;
}
