/** What a manifest means: which files there are, in which format, and which of them is the model. */
import { z } from 'zod';
import { samplingSchema } from '../base/sampling.ts';

/** The packagings that models are published in. */
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
 * The formats of weights. If a model is in several, the first of these is what it is; `other` is also what is not known
 * before an archive was opened.
 */
export const MODEL_FORMATS = ['gguf', 'safetensors', 'dduf', 'other'] as const;

export type ModelFormat = (typeof MODEL_FORMATS)[number];

/** What one file is for. */
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
  /** Bytes. */
  readonly size: number;
  /** Of the file itself; where it came out of an archive this is not the layer's. */
  readonly digest: string;
  /** Index in the manifest's layers. */
  readonly layer: number;
}

/** A layer whose files come out of it when it is pulled; what they are is known then. */
export interface ArchiveLayer {
  /** Index in the manifest's layers. */
  readonly layer: number;
  /** Of the layer as it is transferred. */
  readonly digest: string;
  /** Of the layer as it is transferred, bytes. */
  readonly size: number;
  /** What the publisher says. Media types lie, so the first bytes decide in the end. */
  readonly compression: 'none' | 'gzip' | 'zstd' | 'detect';
  /** All members below the archive's root, or only what belongs to a model (container images). */
  readonly wants: 'all' | 'model-files';
  /** A safe relative folder for the members; `''` is the model's own. */
  readonly root: string;
  /**
   * `weights` where the model may be in it: the names of the members decide then. Anything else is what the
   * members are for, whichever names of models they have.
   */
  readonly role: FileRole;
  /** The only member, where the publisher named it: a safe relative path below the archive's root. */
  readonly path?: string;
}

/** How a publisher wants the model to be run. */
export const defaultsSchema = z.object({
  /** The system prompt. */
  system: z.string().exactOptional(),
  sampling: samplingSchema.exactOptional(),
  /** Tokens of an answer at most. */
  maxTokens: z.number().nonnegative().exactOptional(),
  /** Texts that end an answer. */
  stop: z.array(z.string()).readonly().exactOptional(),
  /** Tokens of context that the model is run with. */
  contextTokens: z.number().nonnegative().exactOptional(),
  /** Messages before the first question. */
  messages: z
    .array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() }))
    .readonly()
    .exactOptional(),
});

/** How a publisher wants the model to be run. */
export type ModelDefaults = Readonly<z.infer<typeof defaultsSchema>>;

/** What the publisher says of a model. Nothing of it is verified. */
export interface ModelMetadata {
  /** Such as `Q4_K_M` or `IQ2_XXS/Q4_K_M`. */
  readonly quantization?: string;
  /** For people, such as `361.82M`; never a number of bytes. */
  readonly parameters?: string;
  readonly architecture?: string;
  /** Tokens that the model was trained with. */
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
  /** Layers that have files in them. Empty once `withMembers` told what those are. */
  readonly archives: readonly ArchiveLayer[];
  readonly metadata: ModelMetadata;
  /** Whether the engine here can run it, as far as is known before archives are opened. */
  readonly runnable: boolean;
  /** One sentence that says why it does not run here. */
  readonly reason?: string;
  /** Of all files and archives, bytes. */
  readonly totalBytes: number;
}

/** A file that came out of an archive layer. */
export interface ArchiveMember {
  /** Index in the manifest's layers. */
  readonly layer: number;
  /** Where it goes: a safe relative path with `/`, below {@link ArchiveLayer.root}. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Of the member. */
  readonly digest: string;
}

/** The files to run, in load order: shard 1 first. */
export function weightsOf(artifact: ModelArtifact): ModelFile[] {
  return artifact.files.filter((file) => file.role === 'weights');
}
