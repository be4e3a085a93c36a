/** The meaning of a manifest: its files, their format, and which of them is the model. */
import * as z from 'zod';
import { samplingSchema } from '../base/sampling.ts';

/** The kinds of packaging that models are published in. */
export const MODEL_FAMILIES = [
  'docker',
  'modelpack',
  'modelkit',
  'ollama',
  'huggingface',
  'container-image',
  'generic',
] as const;

export type ModelFamily = (typeof MODEL_FAMILIES)[number];

/**
 * The formats of weights. A model in several formats counts as the first of these. `other` also stands for a format
 * that is unknown until an archive is opened.
 */
export const MODEL_FORMATS = ['gguf', 'safetensors', 'dduf', 'other'] as const;

export type ModelFormat = (typeof MODEL_FORMATS)[number];

/** The purpose of a file. */
export type FileRole =
  | 'weights'
  | 'projector'
  | 'adapter'
  | 'draft'
  | 'template'
  | 'license'
  | 'config'
  | 'tokenizer'
  | 'other';

/** One file of a model. */
export interface ModelFile {
  readonly role: FileRole;
  /** A safe relative path with `/`, as the publisher named it or as llama.cpp expects it. */
  readonly path: string;
  /** Size in bytes. */
  readonly size: number;
  /** Digest of the file itself; for a file from an archive this is not the layer's. */
  readonly digest: string;
  /** Index in the manifest's layers. */
  readonly layer: number;
}

/** A layer that is unpacked when it is pulled; only then are its files known. */
export interface ArchiveLayer {
  /** Index in the manifest's layers. */
  readonly layer: number;
  /** Digest of the layer as it is transferred. */
  readonly digest: string;
  /** Size of the layer as it is transferred, in bytes. */
  readonly size: number;
  /** Compression according to the publisher. Media types can be wrong, so the first bytes decide in the end. */
  readonly compression: 'none' | 'gzip' | 'zstd' | 'detect';
  /** All members below the archive's root, or only those that belong to a model (container images). */
  readonly wants: 'all' | 'model-files';
  /** A safe relative folder for the members; `''` is that of the model. */
  readonly root: string;
  /**
   * `weights` if the archive may contain the model; the names of its members decide then. Any other role applies to all
   * members, even to those with names of models.
   */
  readonly role: FileRole;
  /** The only member, if the publisher named it: a safe relative path below the archive's root. */
  readonly path?: string;
}

/** The publisher's recommendations for running the model. */
export const defaultsSchema = z.object({
  /** The system prompt. */
  system: z.string().exactOptional(),
  sampling: samplingSchema.exactOptional(),
  /** Maximum length of an answer, in tokens. */
  maxTokens: z.number().nonnegative().exactOptional(),
  /** Texts that end an answer. */
  stop: z.array(z.string()).readonly().exactOptional(),
  /** Context length, in tokens. */
  contextTokens: z.number().nonnegative().exactOptional(),
  /** Messages before the first question. */
  messages: z
    .array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() }))
    .readonly()
    .exactOptional(),
});

/** The publisher's recommendations for running the model. */
export type ModelDefaults = Readonly<z.infer<typeof defaultsSchema>>;

/** The publisher's statements about a model. None of them is verified. */
export interface ModelMetadata {
  /** Such as `Q4_K_M` or `IQ2_XXS/Q4_K_M`. */
  readonly quantization?: string;
  /** For people, such as `361.82M`; never a number of bytes. */
  readonly parameters?: string;
  readonly architecture?: string;
  /** Context length that the model was trained with, in tokens. */
  readonly contextTokens?: number;
  /** SPDX identifiers or names, separated by commas. */
  readonly license?: string;
  readonly name?: string;
  readonly defaults?: ModelDefaults;
}

/** A model as published. */
export interface ModelArtifact {
  readonly family: ModelFamily;
  readonly format: ModelFormat;
  /** Layers that are files, weights first and in load order. */
  readonly files: readonly ModelFile[];
  /** Layers that are unpacked. Empty after `withMembers` has replaced them with their files. */
  readonly archives: readonly ArchiveLayer[];
  readonly metadata: ModelMetadata;
  /** True if the engine can run it, as far as that is known before archives are opened. */
  readonly runnable: boolean;
  /** One sentence that says why it does not run here. */
  readonly reason?: string;
  /** Size of all files and archives, in bytes. */
  readonly totalBytes: number;
}

/** A file that came out of an archive layer. */
export interface ArchiveMember {
  /** Index in the manifest's layers. */
  readonly layer: number;
  /** Target: a safe relative path with `/`, below {@link ArchiveLayer.root}. */
  readonly path: string;
  /** Size in bytes. */
  readonly size: number;
  /** Digest of the member. */
  readonly digest: string;
}

/** Returns the LoRA adapters that are loaded with the weights. */
export function adaptersOf(artifact: ModelArtifact): ModelFile[] {
  return artifact.files.filter(({ role, path }) => role === 'adapter' && /\.gguf$/i.test(path));
}

/** Returns the files to run in load order: shard 1 comes first. */
export function weightsOf(artifact: ModelArtifact): ModelFile[] {
  return artifact.files.filter((file) => file.role === 'weights');
}
