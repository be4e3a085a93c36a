/** The content of a store without its references, as a download needs it in whichever thread it runs. */
import type { Descriptor } from '../oci/spec/descriptor.ts';
import { Blobs } from './content/blobs.ts';
import { readBodies } from './content/bodies.ts';
import type { OnStep } from './content/heldLock.ts';
import { type ContentPlace, FileIngest, type Ingest, type IngestOptions } from './content/ingest.ts';
import { type IngestState, readIngestState } from './content/ingestState.ts';
import { type DescribeLayer, LayerFiles } from './content/layerFiles.ts';
import { readUnpacked, type UnpackedLayer } from './content/unpacked.ts';
import { Unpacking } from './content/unpacking.ts';
import type { ByteRange } from './disk/byteRanges.ts';
import type { HashFile } from './disk/hashFile.ts';
import { Layout } from './disk/layout.ts';
import { identify } from './version.ts';

/** Options of a download that is started or resumed. */
export type OpenIngestOptions = Omit<IngestOptions, 'now' | 'onStep'>;

/** Blobs and downloads of blobs. All methods may throw ModelError `store-error` and `disk-full`. */
export class ContentStore {
  readonly #layout: Layout;
  readonly #blobs: Blobs;
  readonly #now: () => number;
  readonly #onStep: OnStep | undefined;

  /**
   * @param root folder of a store that {@link ModelStore.open} has prepared.
   * @param now milliseconds since 1970.
   * @param options the hash function for whole files, and a hook with which tests stop before a step.
   */
  constructor(
    root: string,
    now: () => number = Date.now,
    options: { readonly hashFile?: HashFile | undefined; readonly onStep?: OnStep | undefined } = {},
  ) {
    this.#layout = new Layout(root);
    this.#blobs = new Blobs(this.#layout, options.hashFile);
    this.#now = now;
    this.#onStep = options.onStep;
  }

  /** Tells whether the content is present and verified. */
  async hasBlob(descriptor: Descriptor): Promise<boolean> {
    return this.#blobs.has(descriptor);
  }

  /**
   * Starts or resumes a download.
   * @throws ModelError `store-busy` if another live process is downloading the same content, `cancelled`.
   */
  async openIngest(descriptor: Descriptor, options: OpenIngestOptions = {}): Promise<Ingest> {
    return FileIngest.open(descriptor, await this.#place(), this.#complete(options));
  }

  /**
   * Starts or resumes a layer of which only the files are kept, and whose bytes may arrive in any order. {@link unpacked}
   * returns the result.
   * @throws ModelError as {@link openIngest}.
   */
  async openLayer(
    descriptor: Descriptor,
    layer: { readonly bodies: readonly ByteRange[]; readonly describe: DescribeLayer },
    options: OpenIngestOptions = {},
  ): Promise<Ingest> {
    return FileIngest.open(
      descriptor,
      await this.#place(),
      this.#complete(options),
      (place) => new LayerFiles({ ...place, ...layer, digest: descriptor.digest, size: descriptor.size }),
    );
  }

  /** Returns the positions of files that an earlier try found in such a layer, or undefined if there was none. */
  async layerBodies(digest: string): Promise<readonly ByteRange[] | undefined> {
    return readBodies(this.#layout, digest);
  }

  /**
   * Starts to unpack an archive whose bytes arrive in order.
   * @throws ModelError `store-busy` if another live process unpacks or downloads it, `cancelled`.
   */
  async openUnpacking(descriptor: Descriptor, options: OpenIngestOptions = {}): Promise<Unpacking> {
    return Unpacking.open(descriptor, await this.#place(), this.#complete(options));
  }

  /** Returns the record of an unpacked layer, or undefined if there is none or one of its files is gone. */
  async unpacked(digest: string): Promise<UnpackedLayer | undefined> {
    return readUnpacked(this.#layout, this.#blobs, digest);
  }

  /** Returns the state of a download in any process, or undefined if there is none. */
  async ingestState(digest: string): Promise<IngestState | undefined> {
    return readIngestState(this.#layout.ingest(digest));
  }

  async #place(): Promise<ContentPlace> {
    await identify(this.#layout);
    return { layout: this.#layout, blobs: this.#blobs };
  }

  #complete(options: OpenIngestOptions): IngestOptions {
    return { ...options, now: this.#now, onStep: this.#onStep };
  }
}
