/** The registry of the benchmark, and the models in it. */
import { randomFillSync } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTar } from '../../test/support/archives.ts';
import { buildModelPack } from '../../test/support/buildArtifact.ts';
import { type BuiltModel, buildDockerModel } from '../../test/support/dockerModel.ts';
import { type DockerRegistry, startDockerRegistry } from '../../test/support/dockerRegistry.ts';
import { largeGguf } from '../../test/support/largeGguf.ts';
import { pushModel } from '../../test/support/pushModel.ts';
import type { Source } from './contenders.ts';

const HEADER = fileURLToPath(new URL('../../test/fixtures/tinycode-q8_0.gguf', import.meta.url));
const ARCHIVE_NAMES = { tar: 'tar', 'tar+gzip': 'tar.gz', 'tar+zstd': 'tar.zst' } as const;
const PIECE_BYTES = 4 * 1024 * 1024;

/** docker-registry on loopback. Models are pushed when they are asked for first. */
export class World {
  /** For everything that the benchmark writes. */
  readonly folder: string;
  readonly registry: DockerRegistry;
  readonly #models = new Map<number, Promise<Source>>();

  private constructor(folder: string, registry: DockerRegistry) {
    this.folder = folder;
    this.registry = registry;
  }

  static async start(folder: string): Promise<World> {
    return new World(folder, await startDockerRegistry());
  }

  /**
   * A model with one layer of `size` bytes, a GGUF of random bytes behind its header. The tags `v1` and `v2` have
   * the same layer and configs of their own.
   */
  model(size: number): Promise<Source> {
    const known = this.#models.get(size);
    if (known !== undefined) return known;
    const made = this.#make(size);
    this.#models.set(size, made);
    return made;
  }

  /** A ModelPack with one layer: the archive of a GGUF of `size` bytes. @param packing as in its media type. */
  async archivedModel(size: number, packing: 'tar' | 'tar+gzip' | 'tar+zstd'): Promise<Source> {
    const gguf = await this.#gguf(size);
    const archive = await makeTar(`${gguf}.${ARCHIVE_NAMES[packing]}`, dirname(gguf), [basename(gguf)]);
    await rm(gguf);
    const repository = `bench/model-${size}-${packing.replace('+', '-')}`;
    const model = await buildModelPack([{ path: archive, packing }]);
    await pushModel(this.registry.host, repository, 'v1', model);
    await rm(archive);
    return this.#source(repository, model);
  }

  close(): Promise<void> {
    return this.registry.close();
  }

  async #make(size: number): Promise<Source> {
    const path = await this.#gguf(size);
    const { host } = this.registry;
    const repository = `bench/model-${size}`;
    const model = await buildDockerModel([path], { parameters: 'one' });
    await pushModel(host, repository, 'v1', model);
    await pushModel(host, repository, 'v2', await buildDockerModel([path], { parameters: 'two' }));
    await rm(path);
    return this.#source(repository, model);
  }

  async #gguf(size: number): Promise<string> {
    const path = join(this.folder, `model-${size}.gguf`);
    await largeGguf(path, HEADER, size);
    await fillWithRandomBytes(path, size);
    return path;
  }

  #source(repository: string, { layers }: BuiltModel): Source {
    const digest = layers[0]?.descriptor.digest;
    if (digest === undefined) throw new Error('The model has no layer.');
    return { host: this.registry.host, repository, tag: 'v1', digest };
  }
}

/** Everything behind the first piece, which has the header. */
async function fillWithRandomBytes(path: string, size: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const piece = Buffer.alloc(PIECE_BYTES);
    for (let at = PIECE_BYTES; at < size; at += PIECE_BYTES) {
      await file.write(randomFillSync(piece), 0, Math.min(PIECE_BYTES, size - at), at);
    }
  } finally {
    await file.close();
  }
}
