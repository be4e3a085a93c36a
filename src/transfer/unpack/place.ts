/** From what came out of layers to the model's files. */
import { type ArchiveLayer, decideByHeaders, type ModelArtifact, withMembers } from '../../artifact/index.ts';
import type { Descriptor, ImageManifest } from '../../oci/index.ts';
import { type StoredLayer, storedMembers, type UnpackedLayer } from '../../store/index.ts';
import { imageFiles } from './image.ts';
import type { ArchiveRequest } from './request.ts';

/** The layers of which only the files in them are needed. */
export function archivesOf({ layers }: ImageManifest, { archives }: ModelArtifact): ArchiveRequest[] {
  return archives.flatMap(({ layer, compression, wants, path }) => {
    const descriptor = layers[layer];
    return descriptor === undefined ? [] : [{ descriptor, compression, wants, path }];
  });
}

/** What is kept as it is: the config and the layers that are files, each content once. */
export function blobsOf({ config, layers }: ImageManifest, { archives }: ModelArtifact): Descriptor[] {
  const unpacked = new Set(archives.map(({ digest }) => digest));
  const all = [...(config === undefined ? [] : [config]), ...layers];
  const unique = new Map(all.map((descriptor) => [descriptor.digest, descriptor]));
  return [...unique.values()].filter(({ digest }) => !unpacked.has(digest));
}

/**
 * The files under their paths in the model.
 * @param unpacked what came out of each of the artifact's archives, in their order.
 */
export function placeMembers({ archives }: ModelArtifact, unpacked: readonly UnpackedLayer[]): StoredLayer[] {
  const layers = archives.flatMap((archive, index) => {
    const contents = unpacked[index];
    return contents === undefined ? [] : [{ archive, contents }];
  });
  const isImage = ({ archive }: { archive: ArchiveLayer }): boolean => archive.wants === 'model-files';
  const image = layers.filter(isImage).map(({ archive: { layer }, contents }) => ({ layer, contents }));
  const named = archives.find(({ wants, path }) => wants === 'model-files' && path !== undefined)?.path;
  const others = layers
    .filter((layer) => !isImage(layer))
    .map(({ archive: { layer, root }, contents: { digest, members } }) => ({
      layer,
      digest,
      members: members.map((member) => ({
        ...member,
        path: root === '' ? member.path : `${root}/${member.path}`,
      })),
    }));
  return [...imageFiles(image, named), ...others];
}

/**
 * The artifact with the files that came out of its archives.
 * @param kindOf what the header of a file in the store tells; asked if nothing else says which one is the model.
 * @throws ModelError `unsupported-artifact` where there is no model among them, or names do not work out.
 */
export function withUnpacked(
  artifact: ModelArtifact,
  unpacked: readonly StoredLayer[],
  kindOf: (digest: string) => Promise<string | undefined>,
): Promise<ModelArtifact> {
  const members = storedMembers({ unpacked });
  return decideByHeaders((headers) => withMembers(artifact, members, headers), kindOf);
}
