/** A model of any size in a registry, for downloads that take a while. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuiltModel, buildDockerModel } from './dockerModel.ts';
import { largeGguf } from './largeGguf.ts';
import { pushModel } from './pushModel.ts';

const FIXTURE = fileURLToPath(new URL('../fixtures/tinycode-q8_0.gguf', import.meta.url));

/** Such a model. */
export interface LargeModel extends BuiltModel {
  /** Of its one layer. */
  readonly digest: string;
  /** Bytes of its blobs: the config and the layer. */
  readonly totalBytes: number;
}

/** Pushes a model with one layer of `size` bytes as `repository:latest`. @param folder for its file, for a moment. */
export async function pushLargeModel(
  host: string,
  repository: string,
  folder: string,
  size: number,
): Promise<LargeModel> {
  const path = join(folder, `large-${size}.gguf`);
  await largeGguf(path, FIXTURE, size);
  const model = await buildDockerModel([path]);
  await pushModel(host, repository, 'latest', model);
  await rm(path);
  const digest = model.layers[0]?.descriptor.digest ?? '';
  return { ...model, digest, totalBytes: size + model.config.length };
}
