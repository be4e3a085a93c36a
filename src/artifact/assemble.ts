/** From layers to a {@link ModelArtifact}, and from the members of its archives to the whole one. */
import type { ImageManifest } from '../oci/manifest.ts';
import type {
  ArchiveLayer,
  ArchiveMember,
  FileRole,
  ModelArtifact,
  ModelFamily,
  ModelFormat,
  ModelMetadata,
} from './artifact.ts';
import { baseName, safeFileName } from './fileName.ts';
import type { Layer } from './layer.ts';
import { roleOfName } from './names.ts';
import { type Candidate, isDefaultPath, type Placement, placeFiles } from './place.ts';
import { explainUnsupported, notRunnable, unsupported } from './unsupported.ts';

/** What a family of artifacts hands over. */
export interface Assembly {
  readonly family: ModelFamily;
  readonly manifest: ImageManifest;
  readonly layers: readonly Layer[];
  readonly metadata: ModelMetadata;
  /** As the config says, for weights that are still in an archive. */
  readonly format?: ModelFormat | undefined;
  /** See {@link placeFiles}. */
  readonly inManifestOrder?: boolean;
}

/**
 * The artifact that the layers are.
 * @throws ModelError `unsupported-artifact` where no layer has a model, or names do not work out.
 */
export function assemble(assembly: Assembly): ModelArtifact {
  const { family, manifest, layers, metadata } = assembly;
  const placement = placeFiles(
    layers.filter(({ archive }) => archive === undefined).map(candidateOf),
    assembly.inManifestOrder ?? false,
  );
  const archives = archivesOf(layers);
  const mayHaveWeights = archives.some(({ role }) => role === 'weights');
  if (placement.format === undefined && !mayHaveWeights) throw explainUnsupported(manifest);
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

function candidateOf({ index, role, format, name, descriptor: { digest, size } }: Layer): Candidate {
  return { role, format, name, digest, size, layer: index };
}

/** Each content once: some packagers list one layer twice. */
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

/** @param unseen whether the weights are in an archive that nobody opened yet. */
function runnability(
  format: ModelFormat,
  unseen: boolean,
): Pick<ModelArtifact, 'format' | 'runnable' | 'reason'> {
  if (format === 'gguf' || (unseen && format === 'other')) return { format, runnable: true };
  return { format, runnable: false, reason: notRunnable(format) };
}

/**
 * The artifact after its archives were opened: members get their roles, their order and checks. A member may
 * be the layer itself, where its media type called an archive what is none.
 * @throws ModelError `unsupported-artifact` where there is no model among them, or parts of it are missing,
 * or two files have one path.
 */
export function withMembers(artifact: ModelArtifact, members: readonly ArchiveMember[]): ModelArtifact {
  if (artifact.archives.length === 0 && members.length === 0) return artifact;
  const files = artifact.files.map((file) => placedCandidate(file, artifact.format));
  const placement = placeFiles([...files, ...memberCandidates(artifact, members)], false);
  if (placement.format === undefined) throw noModelInside(artifact, members, placement);
  return {
    family: artifact.family,
    files: placement.files,
    archives: [],
    metadata: artifact.metadata,
    ...runnability(placement.format, false),
    totalBytes: placement.files.reduce((sum, { size }) => sum + size, 0),
  };
}

/** A default path gives way to a member that has it as its own. */
function placedCandidate(file: ModelArtifact['files'][number], format: ModelFormat): Candidate {
  const { role, path, size, digest, layer } = file;
  const isDefault = role !== 'weights' && isDefaultPath(role, path);
  return { role, format, name: isDefault ? undefined : path, size, digest, layer };
}

function memberCandidates(artifact: ModelArtifact, members: readonly ArchiveMember[]): Candidate[] {
  const archives = new Map(artifact.archives.map((archive) => [archive.layer, archive]));
  const counts = new Map<number, number>();
  for (const { layer } of members) counts.set(layer, (counts.get(layer) ?? 0) + 1);
  const candidates: Candidate[] = [];
  for (const member of members) {
    const archive = archives.get(member.layer);
    if (archive === undefined) {
      throw unsupported(`has no archive as its layer ${member.layer}`, 'Pull it again');
    }
    candidates.push({
      ...memberRole(archive, member, counts.get(member.layer) === 1, artifact.format),
      name: safeFileName(member.path),
      size: member.size,
      digest: member.digest,
      layer: member.layer,
    });
  }
  return candidates;
}

function memberRole(
  { role, wants }: ArchiveLayer,
  { path }: ArchiveMember,
  isOnly: boolean,
  format: ModelFormat,
): { readonly role: FileRole; readonly format?: ModelFormat | undefined } {
  const named = roleOfName(path);
  if (role === 'weights') {
    const isNameless = named.role === 'other' && isOnly && wants === 'all' && !/\.[a-z]{2,5}$/i.test(path);
    return isNameless ? { role: 'weights', format } : named;
  }
  // Docs, code and data sets may hold a model too, as an example: only weights are weights.
  if (named.role === 'weights' || named.role === 'projector' || named.role === 'adapter') return { role };
  return named.role === 'other' ? { role } : named;
}

function noModelInside(
  artifact: ModelArtifact,
  members: readonly ArchiveMember[],
  { files }: Placement,
): Error {
  const adapter = files.find(({ role }) => role === 'adapter' || role === 'projector');
  if (adapter !== undefined) {
    return unsupported(
      `has only ${adapter.role === 'adapter' ? 'an adapter (LoRA)' : 'a projector for images'} and not the model that it is for`,
      'Choose the model itself',
    );
  }
  const kind = artifact.family === 'container-image' ? 'is a container image' : 'has archives';
  const shown = members.slice(0, 3).map(({ path }) => baseName(path).slice(0, 60));
  const seen =
    shown.length === 0 ? '' : ` (there are ${shown.join(', ')}${members.length > 3 ? ' and more' : ''})`;
  return unsupported(
    `${kind} without a model in ${artifact.family === 'container-image' ? 'it' : 'them'}${seen}`,
    'Choose a tag or a repository that has a model',
  );
}
