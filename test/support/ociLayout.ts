/** OCI image layouts on disk (image-spec, image-layout.md), for programs that read and write them. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDigest } from '../../src/oci/index.ts';
import type { BuiltModel } from './dockerModel.ts';

function blobPath(folder: string, digest: string): string {
  const { algorithm, hex } = parseDigest(digest);
  return join(folder, 'blobs', algorithm, hex);
}

/** Writes a built artifact as a layout with one name. */
export async function writeLayout(folder: string, model: BuiltModel, tag: string): Promise<void> {
  await mkdir(join(folder, 'blobs', 'sha256'), { recursive: true });
  await writeFile(join(folder, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await writeFile(blobPath(folder, model.manifestDescriptor.digest), model.manifest);
  await writeFile(blobPath(folder, model.configDescriptor.digest), model.config);
  for (const { descriptor, path } of model.layers) await copyFile(path, blobPath(folder, descriptor.digest));
  const annotations = { 'org.opencontainers.image.ref.name': tag };
  const manifests = [{ ...model.manifestDescriptor, annotations }];
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
}

/** The content of a digest in a layout. */
export function readLayoutBlob(folder: string, digest: string): Promise<Buffer> {
  return readFile(blobPath(folder, digest));
}

/** The digests of the manifests that a layout's index names. */
export async function layoutManifests(folder: string): Promise<string[]> {
  const index = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as {
    manifests: { digest: string }[];
  };
  return index.manifests.map(({ digest }) => digest);
}
