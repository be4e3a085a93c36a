/** From the members of archives to the whole {@link ModelArtifact}. */
import { parseShardName } from '../base/shardName.ts';
import { singleLine } from '../base/text.ts';
import type { ArchiveLayer, ArchiveMember, FileRole, ModelArtifact, ModelFormat } from './artifact.ts';
import { runnability } from './assemble.ts';
import type { Candidate } from './candidate.ts';
import type { HeaderRoles } from './headers.ts';
import { baseName, safeFileName } from './names/fileName.ts';
import { onlyPieces } from './names/pieces.ts';
import { hasExtension, POINTER, roleOfName } from './names/roles.ts';
import { isDefaultPath, type Placement, placeFiles } from './placement.ts';
import { onlyCompanions, unsupported } from './unsupported.ts';

/**
 * The artifact after its archives were opened: members get their roles, their order and checks. A member may
 * be the layer itself, where its media type called an archive what is none.
 * @param headers what the headers of GGUFs say, if they were read.
 * @throws ModelError `unsupported-artifact` where there is no model among them, or parts of it are missing,
 * or two files have one path.
 */
export function withMembers(
  artifact: ModelArtifact,
  members: readonly ArchiveMember[],
  headers?: HeaderRoles,
): ModelArtifact {
  if (artifact.archives.length === 0 && members.length === 0) return artifact;
  const files = artifact.files.map((file) => placedCandidate(file, artifact.format));
  const placement = placeFiles(
    [...files, ...followPointer(memberCandidates(artifact, members))],
    false,
    headers,
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
    const isNameless = named.role === 'other' && isOnly && wants === 'all' && !hasExtension(path);
    return isNameless ? { role: 'weights', format } : named;
  }
  // Docs, code and data sets may hold a model too, as an example: only weights are weights.
  if (named.role === 'weights' || named.role === 'projector' || named.role === 'adapter') return { role };
  // A read-me comes along in every archive.
  return named.role === 'other' && !/\.md$/i.test(path) ? { role } : named;
}

/**
 * Where a member is RamaLama's {@link POINTER} and has the content of another one, that one is to be run, with its
 * other shards, whichever models are beside it.
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
  const kind = artifact.family === 'container-image' ? 'is a container image' : 'has archives';
  const shown = members.slice(0, 3).map(({ path }) => singleLine(baseName(path), 60));
  const seen =
    shown.length === 0 ? '' : ` (there are ${shown.join(', ')}${members.length > 3 ? ' and more' : ''})`;
  return unsupported(
    `${kind} without a model in ${artifact.family === 'container-image' ? 'it' : 'them'}${seen}`,
    'Choose a tag or a repository that has a model',
  );
}
