/**
 * Rules about the files of a model inside a container image. A pull applies them to what it unpacked; which files it
 * unpacks is decided in wanted.ts.
 */
import { areShardsOfOne } from '../base/shardName.ts';
import { MODEL_FORMATS } from './artifact.ts';
import { formatOfEnding, hasWeightsEnding } from './names/formats.ts';
import { isModelFileName, isProjectorName, POINTER } from './names/roles.ts';

/** RamaLama's path of the model, or of a link to it (containers/ramalama, transports/oci/oci.py). */
export const MODEL_PATH = `models/${POINTER}`;

/** A file of an image. */
interface ImageFile {
  readonly path: string;
  readonly digest: string;
}

/** Returns true for weights. A file without a model's name was only unpacked because it begins like a GGUF. */
export function isImageWeights(path: string): boolean {
  return hasWeightsEnding(path) || !isModelFileName(path);
}

/** Returns the path under which a file of the image is kept: `model.gguf` for RamaLama's `model.file`. */
export function imageFileName(path: string): string {
  if (hasWeightsEnding(path) || isModelFileName(path)) return path;
  return `${path.replace(/\.file$/, '')}.gguf`;
}

/**
 * Returns the weights of an image: each content once, in the preferred format (beside the model an image may have a
 * program with models of its own), and of several models only the chosen one.
 */
export function imageWeights<File extends ImageFile>(files: readonly File[], chosen?: File): File[] {
  const weights = inFirstFormat(unique(files.filter(({ path }) => isImageWeights(path))));
  return chosen === undefined ? weights : weights.filter((file) => belongsTo(file, chosen));
}

/** Keeps each content once, preferably under a name with an extension of weights. */
function unique<File extends ImageFile>(files: readonly File[]): File[] {
  const named = [...files].sort(
    (a, b) => Number(hasWeightsEnding(b.path)) - Number(hasWeightsEnding(a.path)),
  );
  const byDigest = new Map<string, File>();
  for (const file of named) if (!byDigest.has(file.digest)) byDigest.set(file.digest, file);
  return [...byDigest.values()];
}

function inFirstFormat<File extends ImageFile>(weights: readonly File[]): File[] {
  const formatOf = ({ path }: File): number => MODEL_FORMATS.indexOf(formatOfEnding(imageFileName(path)));
  const first = Math.min(...weights.map(formatOf));
  return weights.filter((file) => formatOf(file) === first);
}

/** Returns true for the chosen model, its other shards, and projectors in the same folder. */
function belongsTo(file: ImageFile, chosen: ImageFile): boolean {
  if (file.digest === chosen.digest) return true;
  if (folderOf(file.path) !== folderOf(chosen.path)) return false;
  return isProjectorName(file.path) || areShardsOfOne(file.path, chosen.path);
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}
