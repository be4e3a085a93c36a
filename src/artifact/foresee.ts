/**
 * Where in an artifact's archives the model will be, from names and sizes alone: for looks at a model that is not
 * pulled. A pull does not ask here, since it sees all members and decides by what they are.
 */
import { parseShardName } from '../base/shardName.ts';
import type { ArchiveLayer, ModelArtifact, ModelFormat } from './artifact.ts';
import { runnability } from './assemble.ts';
import { companionRole } from './names/companions.ts';
import { hasExtension, roleOfName } from './names/roles.ts';
import { isForeign } from './wanted.ts';

/**
 * What a member is, as far as its name tells: the file to run, perhaps that, a GGUF that goes with a model if there is
 * one beside it, weights of another format, or neither.
 */
export type Foreseen = 'model' | 'maybe' | 'companion' | Exclude<ModelFormat, 'gguf'> | 'no';

/** @param path safe, below the archive's root. */
export function foreseeMember({ wants, path: only }: ArchiveLayer, path: string): Foreseen {
  const isImage = wants === 'model-files';
  if (isImage && isForeign(path)) return 'no';
  const { role, format = 'other' } = roleOfName(path);
  if (role === 'weights') return format === 'gguf' ? foreseeGguf(path, path === only) : format;
  // What has no name of a model is told by its first bytes: in images any file, else one without an extension.
  return role === 'other' && (isImage || !hasExtension(path)) ? 'maybe' : 'no';
}

function foreseeGguf(path: string, isOnly: boolean): Foreseen {
  if ((parseShardName(path)?.number ?? 1) !== 1) return 'no';
  return isOnly || companionRole(path) === undefined ? 'model' : 'companion';
}

/**
 * The archives that may have the GGUF to run, the likeliest first: those named so, then those without a name. Kits have
 * the model before its parts; elsewhere the largest is the likeliest.
 */
export function likelyArchives({ family, archives }: ModelArtifact): ArchiveLayer[] {
  const ranked = archives
    .filter(({ role }) => role === 'weights')
    .map((archive) => ({ archive, rank: rankOf(archive) }))
    .filter(({ rank }) => rank !== undefined);
  const bySize = (a: ArchiveLayer, b: ArchiveLayer): number =>
    family === 'modelkit' ? a.layer - b.layer : b.size - a.size;
  return ranked
    .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0) || bySize(a.archive, b.archive))
    .map(({ archive }) => archive);
}

/** Lower is likelier; undefined where the model is not in it. */
function rankOf(archive: ArchiveLayer): number | undefined {
  const { path } = archive;
  if (path === undefined) return 1;
  const foreseen = foreseeMember(archive, path);
  if (foreseen === 'model') return companionRole(path) === undefined ? 0 : 2;
  return foreseen === 'maybe' ? 1 : undefined;
}

/** The format of the weights as the names of archives tell it; undefined where they do not. */
export function formatByNames({ archives }: ModelArtifact): ModelFormat | undefined {
  const formats = archives
    .filter(({ role }) => role === 'weights')
    .map(({ path = '' }) => roleOfName(path))
    .filter(({ role, format }) => role === 'weights' && format !== 'other')
    .map(({ format }) => format);
  return formats.find((format) => format === 'gguf') ?? formats[0];
}

/** The file of a model that was seen first. */
export interface SeenFile {
  readonly archive: ArchiveLayer;
  /** Below the archive's root; `''` where the archive is the file. */
  readonly path: string;
  /** Bytes; undefined where nothing says it. */
  readonly size: number | undefined;
  /** Files of the model, where its header was read so far that it tells. */
  readonly splitCount: number | undefined;
}

/** Bytes of all files of a model. Those that were not seen count as they are transferred: weights hardly shrink. */
export function foreseeWeightBytes({ archives }: ModelArtifact, seen: SeenFile): number {
  const { archive, size, splitCount = 1 } = seen;
  const prefix = parseShardName(archive.path ?? seen.path)?.prefix;
  if (prefix === undefined && splitCount <= 1) return size ?? archive.size;
  const others = archives.filter(
    ({ layer, role, path }) =>
      layer !== archive.layer &&
      role === 'weights' &&
      (path === undefined || parseShardName(path)?.prefix === prefix),
  );
  return others.reduce((bytes, other) => bytes + other.size, Math.max(size ?? 0, archive.size));
}

/** The artifact, whose weights are of this format as was seen. */
export function withFormat(artifact: ModelArtifact, format: ModelFormat): ModelArtifact {
  return { ...artifact, ...runnability(format, false) };
}
