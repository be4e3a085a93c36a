/** The content of a store without its references: what a download needs, in whichever thread it runs. */
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

/** Of a download that is started or gone on with. */
export type OpenIngestOptions = Omit<IngestOptions, 'now' | 'onStep'>;

/** Blobs, and blobs on their way. All methods may throw ModelError `store-error` and `disk-full`. */
export class ContentStore {
  readonly #layout: Layout;
  readonly #blobs: Blobs;
  readonly #now: () => number;
  readonly #onStep: OnStep | undefined;

  /**
   * @param root folder of a store that {@link ModelStore.open} has prepared.
   * @param now milliseconds since 1970.
   * @param options how whole files are hashed, and what tests do before each step.
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

  /** Whether the content is there with the right size. It was verified when it came in. */
  async hasBlob(descriptor: Descriptor): Promise<boolean> {
    return this.#blobs.has(descriptor);
  }

  /**
   * Starts or goes on with a download.
   * @throws ModelError `store-busy` when another live process downloads the same content, `cancelled`.
   */
  async openIngest(descriptor: Descriptor, options: OpenIngestOptions = {}): Promise<Ingest> {
    return FileIngest.open(descriptor, await this.#place(), this.#complete(options));
  }

  /**
   * Starts or goes on with a layer of which only the files in it are kept, where its bytes may come in any order.
   * What came out is written down where {@link unpacked} finds it.
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

  /** Where in such a layer the files lie, as an earlier try found; undefined where there was none. */
  async layerBodies(digest: string): Promise<readonly ByteRange[] | undefined> {
    return readBodies(this.#layout, digest);
  }

  /**
   * Starts to take the files of an archive in, whose bytes come in their order.
   * @throws ModelError `store-busy` when another live process does so, or downloads the archive; `cancelled`.
   */
  async openUnpacking(descriptor: Descriptor, options: OpenIngestOptions = {}): Promise<Unpacking> {
    return Unpacking.open(descriptor, await this.#place(), this.#complete(options));
  }

  /** What came out of a layer before; undefined where nothing did, or not all of it is there any more. */
  async unpacked(digest: string): Promise<UnpackedLayer | undefined> {
    return readUnpacked(this.#layout, this.#blobs, digest);
  }

  /** How far the download of a blob is, whichever process does it; undefined where there is none. */
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
