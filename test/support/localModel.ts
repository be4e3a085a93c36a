/** Puts a built model into a store, as a pull would leave it there. */
import { createReadStream } from 'node:fs';
import { readArtifact } from '../../src/artifact/index.ts';
import { parseManifest } from '../../src/oci/spec/manifest.ts';
import { parseReference, type Reference } from '../../src/oci/spec/reference.ts';
import type { ModelStore } from '../../src/store/index.ts';
import type { BuiltModel } from './dockerModel.ts';

/** Stores `built` under `referenceText` and returns the reference. */
export async function addLocalModel(
  store: ModelStore,
  referenceText: string,
  built: BuiltModel,
): Promise<Reference> {
  const reference = parseReference(referenceText);
  const manifest = parseManifest(built.manifest, built.manifestDescriptor.mediaType);
  if (manifest.kind !== 'manifest') throw new Error('a built model has a manifest, not an index');
  const artifact = readArtifact(manifest, built.config);
  for (const { descriptor, path } of built.layers) {
    const ingest = await store.openIngest(descriptor);
    try {
      let position = 0;
      for await (const chunk of ingest.stored ? [] : (createReadStream(path) as AsyncIterable<Buffer>)) {
        ingest.write(chunk, position);
        position += chunk.length;
      }
      await ingest.commit();
    } finally {
      await ingest.close();
    }
  }
  await store.writeBlob(built.configDescriptor, built.config);
  await store.commitModel({
    reference,
    manifest: built.manifestDescriptor,
    manifestBytes: built.manifest,
    files: artifact.files.map(({ path, digest }) => ({ name: path, digest })),
  });
  return reference;
}
