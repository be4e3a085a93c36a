/** Assembles layers into a {@link ModelArtifact}. */
import type { Steps } from '../base/steps.ts';
import type { ImageManifest } from '../oci/spec/manifest.ts';
import type { ArchiveLayer, ModelArtifact, ModelFamily, ModelFormat, ModelMetadata } from './artifact.ts';
import type { Candidate } from './candidate.ts';
import type { HeaderRoles } from './headers.ts';
import { givenName, type Layer } from './layer.ts';
import { onlyPieces, refusePieces } from './names/pieces.ts';
import { placeFiles } from './placement.ts';
import { explainUnsupported, notRunnable, onlyCompanions } from './unsupported.ts';

/** The result of a family's reader, before files get their places. */
export interface Assembly {
  readonly family: ModelFamily;
  readonly manifest: ImageManifest;
  readonly layers: readonly Layer[];
  readonly metadata: ModelMetadata;
  /** Format according to the config, for weights that are still in an archive. */
  readonly format?: ModelFormat | undefined;
  /** See {@link placeFiles}. */
  readonly inManifestOrder?: boolean;
  /** Roles from the headers of GGUFs, if those were read. */
  readonly headers?: HeaderRoles | undefined;
}

/**
 * Builds the artifact from its layers.
 * @throws ModelError `unsupported-artifact` if no layer has a model, or if names conflict.
 */
export function* assemble(assembly: Assembly): Steps<ModelArtifact> {
  const { family, manifest, layers, metadata } = assembly;
  const placement = yield* placeFiles(
    layers.filter(({ archive }) => archive === undefined).map(candidateOf),
    assembly.inManifestOrder ?? false,
    assembly.headers,
  );
  const archives = archivesOf(layers);
  const packed = archives.filter(({ role }) => role === 'weights');
  if (placement.format === undefined) refusePieces(packed.map(({ path = '' }) => path));
  const mayHaveWeights = packed.length > 0;
  if (placement.format === undefined && !mayHaveWeights) {
    const names = layers.flatMap(({ descriptor }) => givenName(descriptor) ?? []);
    throw (
      onlyPieces(names) ??
      onlyCompanions(placement.files.map(({ role }) => role)) ??
      explainUnsupported(manifest)
    );
  }
  const format = placement.format ?? assembly.format ?? 'other';
  return {
    family,
    files: placement.files,
    archives,
    metadata,
    ...runnability(format, placement.format === undefined),
    totalBytes: [...placement.files, ...archives].reduce((sum, { size }) => sum + size, 0),
  };
}

function candidateOf({ index, role, format, hint, name, descriptor: { digest, size } }: Layer): Candidate {
  return { role, format, hint, name, digest, size, layer: index };
}

/** Lists each archive once, because some packagers list a layer twice. */
function archivesOf(layers: readonly Layer[]): ArchiveLayer[] {
  const archives = new Map<string, ArchiveLayer>();
  for (const { index, role, name, descriptor, archive } of layers) {
    if (archive === undefined || archives.has(descriptor.digest)) continue;
    const { digest, size } = descriptor;
    archives.set(digest, {
      layer: index,
      digest,
      size,
      compression: archive.compression,
      wants: archive.wants ?? 'all',
      root: '',
      role,
      ...(name === undefined ? {} : { path: name }),
    });
  }
  return [...archives.values()];
}

/**
 * Decides if a model of this format runs here, and gives the reason if it does not.
 * @param unseen true if the weights are in an archive that has not been opened yet.
 */
export function runnability(
  format: ModelFormat,
  unseen: boolean,
): Pick<ModelArtifact, 'format' | 'runnable' | 'reason'> {
  if (format === 'gguf' || (unseen && format === 'other')) return { format, runnable: true };
  return { format, runnable: false, reason: notRunnable(format) };
}
