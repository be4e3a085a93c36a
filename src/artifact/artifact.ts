/** What a manifest means: which files there are, in which format, and which of them is the model. */
import type { Descriptor } from '../oci/descriptor.ts';

/** What one file is for. */
export type FileRole = 'weights' | 'projector' | 'adapter' | 'template' | 'license' | 'other';

/** One file of a model. Its descriptor's digest is the digest of the file itself. */
export interface ModelFile {
  readonly role: FileRole;
  /** A safe relative path with `/`, as the publisher named it or as llama.cpp expects it. */
  readonly name: string;
  readonly descriptor: Descriptor;
}

/** A model as published. */
export interface ModelArtifact {
  /** The packaging it was published in. */
  readonly family: 'docker' | 'modelpack' | 'ollama' | 'titled';
  readonly format: 'gguf' | 'safetensors';
  readonly files: readonly ModelFile[];
  /** The files to run, shard 1 first. Never empty. */
  readonly weights: readonly ModelFile[];
  /** Sum of all files, bytes. */
  readonly totalBytes: number;
  /** As published, such as `Q4_K_M`; may be absent. */
  readonly quantization: string | undefined;
  /** As published, such as `361.82M`; never a number of bytes. */
  readonly parameters: string | undefined;
  readonly architecture: string | undefined;
  /** Tokens. */
  readonly contextTokens: number | undefined;
}
