/** Pushes a built artifact with the product's own client. */
import { createReadStream } from 'node:fs';
import type { BlobSource, Descriptor, Reference, RegistryClient } from '../../src/oci/index.ts';
import type { BuiltModel } from './dockerModel.ts';

/** The bytes of a file, as {@link RegistryClient.pushBlob} asks for them. */
export function fileSource(path: string): BlobSource {
  return (first, end) => (first === end ? empty() : createReadStream(path, { start: first, end: end - 1 }));
}

async function* empty(): AsyncGenerator<Uint8Array, void, undefined> {}

/** The bytes of a buffer. */
export function bufferSource(bytes: Uint8Array): BlobSource {
  return async function* (first, end) {
    if (first < end) yield bytes.subarray(first, end);
  };
}

/** Pushes blobs first and the manifest last. */
export async function pushBuiltModel(
  client: RegistryClient,
  reference: Reference,
  model: BuiltModel,
): Promise<Descriptor> {
  await client.pushBlob(reference, model.configDescriptor, bufferSource(model.config));
  for (const { descriptor, path } of model.layers)
    await client.pushBlob(reference, descriptor, fileSource(path));
  return client.pushManifest(reference, model.manifest, model.manifestDescriptor.mediaType);
}
