/** The interface of every other tool that keeps models on this machine. */
import type { ModelArtifact } from '../artifact/index.ts';
import type { GgufSummary } from '../gguf/index.ts';
import type { Descriptor, Reference } from '../oci/index.ts';
import type { FoundFile, ScanOptions } from './scan.ts';

/** A tool's store, which is only read. */
export interface ForeignTool {
  /** As people know it: `Ollama`. */
  readonly title: string;
  /** The folders in which it would keep models, whether it is installed or not. */
  readonly folders: readonly string[];
  /** Returns paths at which the tool would keep this content. Nothing is verified. */
  pathsOf(wanted: Descriptor, options: ScanOptions): Promise<readonly string[]>;
  /** Returns GGUF files whose names do not include their digest. */
  unnamedFiles(options: ScanOptions): Promise<readonly FoundFile[]>;
  /** Returns the models that can be imported. Damaged and unsuitable ones are logged and skipped. */
  models(options: ScanOptions): Promise<readonly FoundModel[]>;
}

/** A model whose manifest can be kept as it is. */
export interface PackagedModel {
  readonly kind: 'packaged';
  /** As the tool shows it. */
  readonly name: string;
  readonly reference: Reference;
  readonly manifest: Descriptor;
  readonly manifestBytes: Uint8Array;
  readonly config: { readonly descriptor: Descriptor; readonly bytes: Uint8Array } | undefined;
  readonly artifact: ModelArtifact;
  /** Path of every layer, by digest. */
  readonly paths: ReadonlyMap<string, string>;
}

/** A GGUF file, or the parts of one. */
export interface PlainModel {
  readonly kind: 'plain';
  readonly name: string;
  readonly reference: Reference;
  /** In the order of the parts. */
  readonly files: readonly PlainFile[];
  readonly summary: GgufSummary;
}

/** One file of a {@link PlainModel}. */
export interface PlainFile {
  /** Its own name, without folders. */
  readonly name: string;
  readonly path: string;
  readonly sizeBytes: number;
  /** The digest that the tool states; not verified. */
  readonly digest?: string | undefined;
}

export type FoundModel = PackagedModel | PlainModel;
