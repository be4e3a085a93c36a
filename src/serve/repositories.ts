/**
 * The repositories in an OCI image layout (image-spec, image-layout.md). A name in index.json is a whole reference, or
 * only a tag, whose repository is in containerd's annotation or an option.
 */
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isModelError, systemErrorCode } from '../base/error.ts';
import type { Log } from '../base/log.ts';
import { readUnblocked } from '../base/unblockedFile.ts';
import { type Descriptor, MediaType } from '../oci/spec/descriptor.ts';
import { digestOf, parseDigest, shortDigest } from '../oci/spec/digest.ts';
import {
  type ImageIndex,
  type ImageManifest,
  MAX_MANIFEST_BYTES,
  parseManifest,
} from '../oci/spec/manifest.ts';
import { DEFAULTS, parseReference } from '../oci/spec/reference.ts';

const REF_NAME = 'org.opencontainers.image.ref.name';
const CONTAINERD_NAME = 'io.containerd.image.name';
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$/;
/** Indexes within indexes that are followed. */
const MAX_DEPTH = 4;

/** One repository. */
export interface Repository {
  /** Digests of manifests by tag. */
  readonly tags: ReadonlyMap<string, string>;
  /** The manifests and indexes that are served, by digest. */
  readonly manifests: ReadonlyMap<string, Descriptor>;
  /** The configs and layers that are served, by digest. */
  readonly blobs: ReadonlyMap<string, Descriptor>;
}

/** Flags that follow no link and do not wait for the other end of a pipe. Windows has neither. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
/** Codes of paths that are not plain files: none, a link, a socket, a folder. */
const NO_FILE = ['ENOENT', 'ELOOP', 'EMLINK', 'ENXIO', 'EISDIR', 'ENOTDIR'];

/** Opens a blob. Its folder must not be a link either. Returns undefined if it is not a plain file. */
async function openFile(path: string): Promise<FileHandle | undefined> {
  try {
    for (const folder of [dirname(path), dirname(dirname(path))])
      if (!(await lstat(folder)).isDirectory()) return undefined;
    const handle = await open(path, FLAGS);
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
    return undefined;
  } catch (error) {
    if (NO_FILE.includes(systemErrorCode(error) ?? '')) return undefined;
    throw error;
  }
}

class Building implements Repository {
  readonly tags = new Map<string, string>();
  readonly manifests = new Map<string, Descriptor>();
  readonly blobs = new Map<string, Descriptor>();
}

/** The repositories of one layout. index.json is read again when it has changed. */
export class Repositories {
  readonly #layout: string;
  readonly #defaultRepository: string;
  readonly #log: Log;
  #stamp = '';
  #loading: Promise<ReadonlyMap<string, Repository>> = Promise.resolve(new Map());

  constructor(layout: string, defaultRepository: string, log: Log) {
    this.#layout = layout;
    this.#defaultRepository = defaultRepository;
    this.#log = log;
  }

  /** Returns the repositories by name. */
  async all(): Promise<ReadonlyMap<string, Repository>> {
    const status = await stat(join(this.#layout, 'index.json'), { bigint: true });
    const stamp = `${status.ino} ${status.size} ${status.mtimeNs}`;
    if (stamp !== this.#stamp) {
      this.#stamp = stamp;
      this.#loading = this.#load();
      this.#loading.catch(() => {
        this.#stamp = ''; // the next request tries again
      });
    }
    return this.#loading;
  }

  /** Returns the path of a blob. */
  blobPath(digest: string): string {
    const { algorithm, hex } = parseDigest(digest);
    return join(this.#layout, 'blobs', algorithm, hex);
  }

  /**
   * Opens a blob of the promised size: the file itself, never the target of a link. Returns undefined, and writes to
   * the log, if it is missing or something else.
   */
  async openBlob(descriptor: Descriptor): Promise<FileHandle | undefined> {
    const handle = await openFile(this.blobPath(descriptor.digest));
    if (handle === undefined) {
      this.#log.warn(`${shortDigest(descriptor.digest)} in ${this.#layout} is missing or no plain file.`);
      return undefined;
    }
    const status = await handle.stat();
    if (status.size === descriptor.size) return handle;
    await handle.close();
    this.#log.warn(
      `${shortDigest(descriptor.digest)} in ${this.#layout} has ${status.size} bytes in place of ${descriptor.size} and is not served.`,
    );
    return undefined;
  }

  /** Reads and verifies a manifest. Returns undefined, and writes to the log, if it is missing or damaged. */
  async readManifest(descriptor: Descriptor): Promise<Buffer | undefined> {
    const bytes = await this.#readSmall(this.blobPath(descriptor.digest));
    const { algorithm } = parseDigest(descriptor.digest);
    if (bytes !== undefined && digestOf(bytes, algorithm) === descriptor.digest) return bytes;
    this.#log.warn(
      `The manifest ${shortDigest(descriptor.digest)} in ${this.#layout} is missing or damaged.`,
    );
    return undefined;
  }

  async #readSmall(path: string): Promise<Buffer | undefined> {
    const handle = await openFile(path);
    if (handle === undefined) return undefined;
    try {
      const { size } = await handle.stat();
      return size > MAX_MANIFEST_BYTES ? undefined : await handle.readFile();
    } finally {
      await handle.close();
    }
  }

  async #load(): Promise<ReadonlyMap<string, Repository>> {
    const bytes = await readUnblocked(join(this.#layout, 'index.json'), MAX_MANIFEST_BYTES);
    if (bytes === undefined) throw new Error(`The index.json of ${this.#layout} is larger than 4 MiB.`);
    const index = parseManifest(bytes, MediaType.imageIndex);
    const repositories = new Map<string, Building>();
    for (const descriptor of index.kind === 'index' ? index.manifests : []) {
      const named = this.#nameOf(descriptor);
      if (named === undefined) continue;
      const repository = repositories.get(named.repository) ?? new Building();
      repositories.set(named.repository, repository);
      this.#tag(named, repository, descriptor);
      await this.#follow(descriptor, repository, 0);
    }
    return repositories;
  }

  #tag(named: Named, repository: Building, descriptor: Descriptor): void {
    if (named.tag === undefined) return;
    const before = repository.tags.get(named.tag);
    if (before === undefined) repository.tags.set(named.tag, descriptor.digest);
    else if (before !== descriptor.digest) {
      const name = `${named.repository}:${named.tag}`;
      this.#log.warn(`${name} is in ${this.#layout} from two registries; the first one is served.`);
    }
  }

  #nameOf(descriptor: Descriptor): Named | undefined {
    const name = descriptor.annotations?.[REF_NAME] ?? '';
    const whole = TAG.test(name) ? descriptor.annotations?.[CONTAINERD_NAME] : name;
    if (TAG.test(name) && whole === undefined) return { repository: this.#defaultRepository, tag: name };
    try {
      const defaults = { ...DEFAULTS, namespace: '' };
      return parseReference(whole ?? '', defaults);
    } catch (error) {
      if (!isModelError(error)) throw error;
      this.#log.info(
        `${shortDigest(descriptor.digest)} in ${this.#layout} has no usable name and is not served.`,
      );
      return undefined;
    }
  }

  /** Records the content of a manifest. Only that is served, so that no repository exposes another one's. */
  async #follow(descriptor: Descriptor, repository: Building, depth: number): Promise<void> {
    if (repository.manifests.has(descriptor.digest) || depth > MAX_DEPTH) return;
    const bytes = await this.readManifest(descriptor);
    const manifest = bytes === undefined ? undefined : this.#parse(bytes, descriptor);
    if (manifest === undefined) return;
    repository.manifests.set(descriptor.digest, { ...descriptor, mediaType: manifest.mediaType });
    if (manifest.kind === 'index') {
      for (const child of manifest.manifests) await this.#follow(child, repository, depth + 1);
      return;
    }
    for (const blob of manifest.layers) repository.blobs.set(blob.digest, blob);
    if (manifest.config !== undefined) repository.blobs.set(manifest.config.digest, manifest.config);
  }

  #parse(bytes: Buffer, descriptor: Descriptor): ImageManifest | ImageIndex | undefined {
    try {
      return parseManifest(bytes, descriptor.mediaType);
    } catch (error) {
      if (!isModelError(error)) throw error;
      this.#log.warn(`The manifest ${shortDigest(descriptor.digest)} is not served: ${error.message}`);
      return undefined;
    }
  }
}

interface Named {
  readonly repository: string;
  readonly tag?: string | undefined;
}
