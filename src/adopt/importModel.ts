/** Imports a model of another tool: its content becomes blobs of our store, which are then committed as a model. */
import { type ModelArtifact, readArtifact, weightsOf } from '../artifact/index.ts';
import { ModelError, throwIfCancelled } from '../base/error.ts';
import { t } from '../base/l10n.ts';
import { missingPartsReason, readGgufSummary } from '../gguf/index.ts';
import { type Descriptor, MediaType, type Reference } from '../oci/index.ts';
import type { AdoptionWay, AdoptOptions, Lease, ModelStore } from '../store/index.ts';
import { type BuiltManifest, buildManifest, GGUF_LAYER } from './builtManifest.ts';
import type { ForeignModel } from './foreignModels.ts';
import type { PackagedModel, PlainModel } from './tool.ts';

export interface ImportOptions extends Omit<AdoptOptions, 'onProgress'> {
  /** Called with the number of bytes done, out of {@link ForeignModel.sizeBytes}. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/** The result of an import. */
export interface ImportResult {
  readonly reference: Reference;
  /** Bytes that take no extra disk space, because they are shared with the other tool. */
  readonly sharedBytes: number;
  /** Bytes that were copied. */
  readonly copiedBytes: number;
  /** Bytes that the store already had. */
  readonly presentBytes: number;
}

/**
 * Imports a model. The other tool's files are read, and may get a second name in our store; they are never changed.
 * @throws ModelError `not-found`, `size-mismatch` or `digest-mismatch` if the tool's copy is gone or damaged,
 * `gguf-invalid`, `unsupported-artifact`, `disk-full`, `cancelled`, `store-error`, `store-busy`. After an error no new
 * model is listed.
 */
export async function importModel(
  store: ModelStore,
  { found }: ForeignModel,
  options: ImportOptions = {},
): Promise<ImportResult> {
  const lease = await store.lease([], options.signal === undefined ? {} : { signal: options.signal });
  try {
    const run = new Import(store, lease, options);
    return await (found.kind === 'packaged' ? run.packaged(found) : run.plain(found));
  } finally {
    await lease.release();
  }
}

class Import {
  readonly #store: ModelStore;
  readonly #lease: Lease;
  readonly #options: ImportOptions;
  readonly #bytes: Record<AdoptionWay, number> = { clone: 0, link: 0, copy: 0, present: 0 };

  constructor(store: ModelStore, lease: Lease, options: ImportOptions) {
    this.#store = store;
    this.#lease = lease;
    this.#options = options;
  }

  async packaged(model: PackagedModel): Promise<ImportResult> {
    const { artifact, config, paths } = model;
    const weights = weightsOf(artifact);
    const [first] = weights;
    const firstPath = paths.get(first?.digest ?? '');
    if (firstPath === undefined) {
      throw new ModelError('store-error', t('{0} has no weights, so it cannot be imported.', model.name));
    }
    // Checked before anything is adopted. The other parts cannot be found from here, because files have no names.
    const { splitCount } = await readGgufSummary(firstPath);
    const missing = missingPartsReason(splitCount, weights.length);
    if (missing !== undefined) throw new ModelError('unsupported-artifact', missing);
    const content = artifact.files.map(({ digest, size }) => ({ mediaType: GGUF_LAYER, digest, size }));
    await this.#lease.add(content.map(({ digest }) => digest));
    for (const descriptor of distinct(content)) {
      await this.#adopt(descriptor, paths.get(descriptor.digest) ?? '');
    }
    return this.#commit(model, artifact, config);
  }

  async plain(model: PlainModel): Promise<ImportResult> {
    const files: { name: string; descriptor: Descriptor }[] = [];
    for (const file of model.files) {
      const { path, sizeBytes, digest } = file;
      const expected = digest === undefined ? undefined : { mediaType: GGUF_LAYER, digest, size: sizeBytes };
      if (expected !== undefined) await this.#lease.add([expected.digest]);
      files.push({ name: file.name, descriptor: await this.#adopt(expected, path) });
    }
    const built: BuiltManifest = buildManifest(files, model.summary);
    const config = { descriptor: built.config, bytes: built.configBytes };
    const { reference } = model;
    return this.#commit({ reference, ...built }, readArtifact(built.content, built.configBytes), config);
  }

  /** Adopts one file. @param wanted its expected content, or undefined if the tool does not state it. */
  async #adopt(wanted: Descriptor | undefined, path: string): Promise<Descriptor> {
    const before = this.#done;
    const onProgress = (bytes: number): void => this.#options.onProgress?.(before + bytes);
    const options = { ...this.#options, onProgress };
    const { descriptor, way } =
      wanted === undefined
        ? await this.#store.adoptFile(path, GGUF_LAYER, options)
        : { descriptor: wanted, ...(await this.#store.adoptBlob(wanted, path, options)) };
    if (wanted === undefined) await this.#lease.add([descriptor.digest]);
    this.#bytes[way] += descriptor.size;
    this.#options.onProgress?.(this.#done);
    return descriptor;
  }

  get #done(): number {
    const { clone, link, copy, present } = this.#bytes;
    return clone + link + copy + present;
  }

  async #commit(
    { reference, manifest, manifestBytes }: Pick<PackagedModel, 'reference' | 'manifest' | 'manifestBytes'>,
    artifact: ModelArtifact,
    config: PackagedModel['config'],
  ): Promise<ImportResult> {
    throwIfCancelled(this.#options.signal);
    if (config !== undefined) {
      await this.#lease.add([config.descriptor.digest]);
      await this.#store.writeBlob(config.descriptor, config.bytes);
    }
    await this.#store.commitModel({
      reference,
      manifest: { ...manifest, mediaType: manifest.mediaType || MediaType.imageManifest },
      manifestBytes,
      files: artifact.files.map(({ path, digest }) => ({ name: path, digest })),
    });
    const { clone, link, copy, present } = this.#bytes;
    return { reference, sharedBytes: clone + link, copiedBytes: copy, presentBytes: present };
  }
}

function distinct(descriptors: readonly Descriptor[]): Descriptor[] {
  return [...new Map(descriptors.map((descriptor) => [descriptor.digest, descriptor])).values()];
}
