/**
 * Predicts from names and sizes alone where in an artifact's archives the model is, to show models that are not pulled.
 * A pull does not need this, because it sees all members and decides by their content.
 */
import { parseShardName } from '../base/shardName.ts';
import type { ArchiveLayer, ModelArtifact, ModelFormat } from './artifact.ts';
import { runnability } from './assemble.ts';
import { companionRole } from './names/companions.ts';
import { hasExtension, roleOfName } from './names/roles.ts';
import { isForeign } from './wanted.ts';

/**
 * The nature of a member as far as its name tells: the file to run, possibly that, a GGUF that accompanies a model if
 * there is one beside it, weights of another format, or none of these.
 */
export type Foreseen = 'model' | 'maybe' | 'companion' | Exclude<ModelFormat, 'gguf'> | 'no';

/** Predicts the nature of a member. @param path safe, below the archive's root. */
export function foreseeMember({ wants, path: only }: ArchiveLayer, path: string): Foreseen {
  const isImage = wants === 'model-files';
  if (isImage && isForeign(path)) return 'no';
  const { role, format = 'other' } = roleOfName(path);
  if (role === 'weights') return format === 'gguf' ? foreseeGguf(path, path === only) : format;
  // First bytes decide about a file without a model's name: any in images, elsewhere one without an extension.
  return role === 'other' && (isImage || !hasExtension(path)) ? 'maybe' : 'no';
}

function foreseeGguf(path: string, isOnly: boolean): Foreseen {
  if ((parseShardName(path)?.number ?? 1) !== 1) return 'no';
  return isOnly || companionRole(path) === undefined ? 'model' : 'companion';
}

/**
 * Returns the archives that may contain the GGUF to run, the most likely first: those named so, then those without a
 * name. Kits have the model before its parts; elsewhere the largest archive is the most likely.
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

/** Lower is more likely; undefined if the model is not in it. */
function rankOf(archive: ArchiveLayer): number | undefined {
  const { path } = archive;
  if (path === undefined) return 1;
  const foreseen = foreseeMember(archive, path);
  if (foreseen === 'model') return companionRole(path) === undefined ? 0 : 2;
  return foreseen === 'maybe' ? 1 : undefined;
}

/** Returns the format of the weights according to the names of archives, or undefined if those do not tell. */
export function formatByNames({ archives }: ModelArtifact): ModelFormat | undefined {
  const formats = archives
    .filter(({ role }) => role === 'weights')
    .map(({ path = '' }) => roleOfName(path))
    .filter(({ role, format }) => role === 'weights' && format !== 'other')
    .map(({ format }) => format);
  return formats.find((format) => format === 'gguf') ?? formats[0];
}

/** The file of a model that was found first. */
export interface SeenFile {
  readonly archive: ArchiveLayer;
  /** Below the archive's root; `''` if the archive is the file itself. */
  readonly path: string;
  /** Size in bytes; undefined if it is unknown. */
  readonly size: number | undefined;
  /** Number of files of the model, if enough of its header was read. */
  readonly splitCount: number | undefined;
}

/** Estimates the bytes of all files of a model. Those not seen count as transferred, since weights hardly compress. */
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

/** Returns the artifact with a format that was seen in its archives. */
export function withFormat(artifact: ModelArtifact, format: ModelFormat): ModelArtifact {
  return { ...artifact, ...runnability(format, false) };
}
