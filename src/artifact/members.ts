/** Completes a {@link ModelArtifact} with the members of its archives. */
import { type Localized, t } from '../base/l10n.ts';
import { parseShardName } from '../base/shardName.ts';
import { atOnce } from '../base/steps.ts';
import type { ArchiveLayer, ArchiveMember, FileRole, ModelArtifact, ModelFormat } from './artifact.ts';
import { runnability } from './assemble.ts';
import type { Candidate } from './candidate.ts';
import type { HeaderRoles } from './headers.ts';
import { baseName, safeFileName } from './names/fileName.ts';
import { onlyPieces } from './names/pieces.ts';
import { hasExtension, POINTER, roleOfName } from './names/roles.ts';
import { shownNames } from './names/shownNames.ts';
import { isDefaultPath, type Placement, placeFiles } from './placement.ts';
import { onlyCompanions, unsupported } from './unsupported.ts';

/**
 * Returns the artifact after its archives were opened: members get roles, an order and checks. A member may be the
 * layer itself, if its media type wrongly called it an archive.
 * @param headers roles from the headers of GGUFs, if those were read.
 * @throws ModelError `unsupported-artifact` if there is no model among the members, if parts of it are missing, or if
 * two files have the same path.
 */
export function withMembers(
  artifact: ModelArtifact,
  members: readonly ArchiveMember[],
  headers?: HeaderRoles,
): ModelArtifact {
  if (artifact.archives.length === 0 && members.length === 0) return artifact;
  const files = artifact.files.map((file) => placedCandidate(file, artifact.format));
  const placement = atOnce(
    placeFiles([...files, ...followPointer(memberCandidates(artifact, members))], false, headers),
  );
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

/** A default path yields to a member that has it as its own name. */
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
      throw unsupported(t('The layer {0} of this artifact is not an archive. Pull it again.', member.layer));
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
    const isNameless = named.role === 'other' && isOnly && wants === 'all' && !hasExtension(path);
    return isNameless ? { role: 'weights', format } : named;
  }
  // Documents, code and data sets may include a model as an example, but only weights count.
  if (named.role === 'weights' || named.role === 'projector' || named.role === 'adapter') return { role };
  // Every archive may contain a read-me.
  return named.role === 'other' && !/\.md$/i.test(path) ? { role } : named;
}

/**
 * Follows RamaLama's {@link POINTER}. If a member with that name has the same content as another one, that other one is
 * run together with its shards, whichever models are beside it.
 */
function followPointer(candidates: readonly Candidate[]): readonly Candidate[] {
  const pointer = candidates.find(({ name }) => name !== undefined && baseName(name) === POINTER);
  if (pointer === undefined) return candidates;
  const rest = candidates.filter((candidate) => candidate !== pointer);
  const target = rest.find(({ digest, name }) => digest === pointer.digest && name !== undefined);
  if (target?.name === undefined) return candidates;
  const prefix = parseShardName(target.name)?.prefix;
  const isMeant = ({ name = '', digest }: Candidate): boolean =>
    digest === target.digest || (prefix !== undefined && parseShardName(name)?.prefix === prefix);
  return rest.map((file) =>
    file.role === 'weights' && file.format === target.format && !isMeant(file)
      ? { ...file, role: 'other' }
      : file,
  );
}

function noModelInside(
  artifact: ModelArtifact,
  members: readonly ArchiveMember[],
  { files }: Placement,
): Error {
  const pieces = onlyPieces(members.map(({ path }) => path));
  if (pieces !== undefined) return pieces;
  const alone = onlyCompanions(files.map(({ role }) => role));
  if (alone !== undefined) return alone;
  const names = members.map(({ path }) => baseName(path));
  return unsupported(withoutModel(artifact.family === 'container-image', names));
}

function withoutModel(isImage: boolean, names: readonly string[]): Localized {
  if (names.length === 0) {
    return isImage
      ? t('This container image has no model in it. Choose a tag or a repository that has one.')
      : t('The archives of this artifact have no model in them. Choose a tag or a repository that has one.');
  }
  return isImage
    ? t(
        'This container image has no model in it, only {0}. Choose a tag or a repository that has one.',
        shownNames(names),
      )
    : t(
        'The archives of this artifact have no model in them, only {0}. Choose a tag or a repository that has one.',
        shownNames(names),
      );
}
