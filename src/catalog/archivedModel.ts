/**
 * Inspection of a model whose files are in archives that have not been pulled. The most likely archive is read to the
 * end of the GGUF's header. Files removed by a layer above, and a second model behind the first one, are not seen. A
 * GGUF with the name of a companion is skipped, since the model may follow it; if none does, it is read with a second
 * request, and its header tells its kind.
 */
import { linkTarget, memberPath, refusedMember, type TarEntry } from '../archive/index.ts';
import {
  type ArchiveLayer,
  foreseeMember,
  foreseeWeightBytes,
  formatByNames,
  likelyArchives,
  type ModelArtifact,
  type ModelFormat,
  POINTER,
  withFormat,
} from '../artifact/index.ts';
import { ModelError } from '../base/error.ts';
import { formatBytes } from '../base/format.ts';
import { type Localized, t } from '../base/l10n.ts';
import type { Log } from '../base/log.ts';
import { describeGguf, type GgufDescription } from '../gguf/index.ts';
import type { Descriptor, Reference, RegistryClient } from '../oci/index.ts';
import { BlobSource, MAX_BYTES } from './blobSource.ts';
import { MemberSource } from './memberSource.ts';

/** The extent of an inspection. */
type Extent = 'shape' | 'whole';

/** The limits for reading an archive, in bytes. */
const LIMITS: Readonly<Record<Extent, { readonly maxBytes: number; readonly maxUnpackedBytes: number }>> = {
  shape: { maxBytes: 4 * 1024 * 1024, maxUnpackedBytes: 16 * 1024 * 1024 },
  whole: { maxBytes: MAX_BYTES, maxUnpackedBytes: 2 * MAX_BYTES },
};

/** Options of {@link lookIntoArchives}. */
export interface ArchiveLookOptions {
  readonly registry: RegistryClient;
  readonly reference: Reference;
  readonly layers: readonly Descriptor[];
  /** Archives that are opened at most, each with one request. */
  readonly maxRequests: number;
  readonly extent: Extent;
  readonly signal: AbortSignal | undefined;
  readonly log: Log;
}

/** The result of {@link lookIntoArchives}. */
export interface ArchiveLook {
  /** The given artifact, with the format that was found. */
  readonly artifact: ModelArtifact;
  /** Bytes of the files to run; 0 if unknown. Files that were not seen count by their packed size. */
  readonly weightBytes: number;
  readonly description?: GgufDescription;
  /** A sentence that says why there is no description; undefined if none is to be expected. */
  readonly problem?: Localized;
}

/**
 * Inspects the archives of an artifact that has its weights there.
 * @throws ModelError of the registry, `unsupported-artifact` for a damaged archive or one with unsafe paths,
 * `gguf-invalid`, `cancelled`.
 */
export async function lookIntoArchives(
  artifact: ModelArtifact,
  options: ArchiveLookOptions,
): Promise<ArchiveLook> {
  const named = formatByNames(artifact) ?? artifact.format;
  if (named !== 'gguf' && named !== 'other') return { artifact: withFormat(artifact, named), weightBytes: 0 };
  const archives = likelyArchives(artifact).slice(0, options.maxRequests);
  if (archives.length === 0) return { artifact, weightBytes: 0 };
  let seen: ModelFormat | undefined;
  const choices: Choice[] = [];
  for (const archive of archives) {
    const choice = new Choice(archive);
    const found = await readArchive(artifact, choice, options);
    if (found !== undefined) return found;
    seen ??= choice.otherFormat;
    choices.push(choice);
  }
  const alone = choices.find(({ companion }) => companion !== undefined);
  const only = alone && (await readCompanion(artifact, alone, options));
  if (only !== undefined) return only;
  if (seen !== undefined) return { artifact: withFormat(artifact, seen), weightBytes: 0 };
  const { maxBytes } = LIMITS[options.extent];
  const problem = t(
    'No GGUF file was found in the first {0} of the most likely layer. Pull the model to see what it is.',
    formatBytes(maxBytes),
  );
  return { artifact, weightBytes: 0, problem };
}

/** Chooses the member that is the model, as the members arrive one after the other. */
class Choice {
  readonly archive: ArchiveLayer;
  readonly #isImage: boolean;
  /** The path of a wanted member, whatever its name says; undefined for the model. */
  readonly #only: string | undefined;
  /** The target of RamaLama's link, once it has arrived. */
  #target: string | undefined;
  /** Format of other weights that make a model of their own. */
  otherFormat: ModelFormat | undefined;
  /** The largest GGUF that has the name of a companion. */
  companion: { readonly path: string; readonly size: number } | undefined;
  /** True if the archive was read to its end. */
  isWhole = false;

  constructor(archive: ArchiveLayer, only?: string) {
    this.archive = archive;
    this.#only = only;
    this.#isImage = archive.wants === 'model-files';
  }

  /** @throws ModelError `unsupported-artifact` for a path that makes a pull refuse the archive. */
  readonly wants = ({ type, path: raw, size, target }: TarEntry): boolean => {
    const found = memberPath(this.#isImage ? raw.replace(/^\/+/, '') : raw);
    if ('flaw' in found) {
      if (this.#isImage) return false;
      throw refusedMember(raw, found.flaw);
    }
    const { path } = found;
    if (this.#isImage && type === 'symlink' && path.split('/').at(-1) === POINTER)
      this.#target = linkTarget(path, target, true);
    if (type !== 'file') return false;
    if (this.#only !== undefined) return path === this.#only;
    const foreseen = foreseeMember(this.archive, path);
    if (foreseen === 'companion' && size > (this.companion?.size ?? -1)) this.companion = { path, size };
    if (foreseen === 'model' || foreseen === 'maybe')
      return this.#target === undefined || this.#target === path;
    // Files such as .onnx accompany models of all formats.
    if (foreseen === 'safetensors' || foreseen === 'dduf') this.otherFormat ??= foreseen;
    return false;
  };
}

/** A file with more than this part of its archive's bytes is the packed one, and nothing else follows. */
const MAIN_SHARE = 1 / 2;

/**
 * Reads the GGUF with the name of a companion, which is the model if it is alone. If the archive was not read to its
 * end, the model may follow, unless this one is a language model by its header and most of the archive by its size.
 */
async function readCompanion(
  artifact: ModelArtifact,
  { archive, companion, isWhole }: Choice,
  options: ArchiveLookOptions,
): Promise<ArchiveLook | undefined> {
  if (companion === undefined) return undefined;
  if (!isWhole && companion.size < MAIN_SHARE * archive.size) return undefined;
  const found = await readArchive(artifact, new Choice(archive, companion.path), options);
  return isWhole || found?.description?.kind === undefined ? found : undefined;
}

/** Reads an archive. Returns undefined if no GGUF was found. */
async function readArchive(
  artifact: ModelArtifact,
  choice: Choice,
  { registry, reference, layers, extent, signal, log }: ArchiveLookOptions,
): Promise<ArchiveLook | undefined> {
  const { archive, wants } = choice;
  const descriptor = layers[archive.layer];
  if (descriptor === undefined) return undefined;
  const { maxBytes, maxUnpackedBytes } = LIMITS[extent];
  const blob = new BlobSource({ registry, reference, descriptor, signal, windowBytes: maxBytes });
  const source = new MemberSource({ blob, wants, maxBytes, maxUnpackedBytes });
  let outcome = 'has no GGUF there';
  try {
    const member = await source.find();
    choice.isWhole = source.isAtEnd;
    if (member === undefined) return undefined;
    const description = await describeGguf(source, extent);
    outcome = 'has a GGUF';
    return {
      artifact: withFormat(artifact, 'gguf'),
      weightBytes: foreseeWeightBytes(artifact, { archive, ...member, splitCount: description.splitCount }),
      description,
    };
  } catch (error) {
    if (error instanceof ModelError) outcome = `gives no answer: ${error.message}`;
    throw error;
  } finally {
    source.close();
    await blob.close();
    const { requests, bytes } = blob.cost;
    log.debug(
      `Read ${bytes} bytes of the archive ${archive.digest} with ${requests} requests: it ${outcome}`,
    );
  }
}
