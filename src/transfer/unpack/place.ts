/** Turns the members of unpacked layers into the model's files. */
import { type ArchiveLayer, decideByHeaders, type ModelArtifact, withMembers } from '../../artifact/index.ts';
import type { Descriptor, ImageManifest } from '../../oci/index.ts';
import { type StoredLayer, storedMembers, type UnpackedLayer } from '../../store/index.ts';
import { imageFiles } from './image.ts';
import type { ArchiveRequest } from './request.ts';

/** Returns the layers of which only the files are kept. */
export function archivesOf({ layers }: ImageManifest, { archives }: ModelArtifact): ArchiveRequest[] {
  return archives.flatMap(({ layer, compression, wants, path }) => {
    const descriptor = layers[layer];
    return descriptor === undefined ? [] : [{ descriptor, compression, wants, path }];
  });
}

/** Returns the content that is kept as it is: the config and the layers that are files, without duplicates. */
export function blobsOf({ config, layers }: ImageManifest, { archives }: ModelArtifact): Descriptor[] {
  const unpacked = new Set(archives.map(({ digest }) => digest));
  const all = [...(config === undefined ? [] : [config]), ...layers];
  const unique = new Map(all.map((descriptor) => [descriptor.digest, descriptor]));
  return [...unique.values()].filter(({ digest }) => !unpacked.has(digest));
}

/**
 * Gives the unpacked files their paths in the model.
 * @param unpacked the artifact's archives, unpacked, in their order.
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
 * Adds the unpacked files to the artifact.
 * @param kindOf reads the kind of a stored file from its header; called if nothing else tells which file is the model.
 * @throws ModelError `unsupported-artifact` if none of them is a model, or if their names conflict.
 */
export function withUnpacked(
  artifact: ModelArtifact,
  unpacked: readonly StoredLayer[],
  kindOf: (digest: string) => Promise<string | undefined>,
): Promise<ModelArtifact> {
  const members = storedMembers({ unpacked });
  return decideByHeaders((headers) => withMembers(artifact, members, headers), kindOf);
}
