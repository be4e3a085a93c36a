/**
 * The files of a model in a container image: its layers put on top of each other (image-spec, layer.md, “Applying
 * Changesets”), the model chosen where the image says which one it is, and what is beside no weights left out.
 */
import { formatOfEnding, hasWeightsEnding, isModelFileName, MODEL_FORMATS } from '../../artifact/index.ts';
import { areShardsOfOne } from '../../base/shardName.ts';
import type { LayerMember, StoredLayer, UnpackedLayer } from '../../store/index.ts';
import { followed } from './links.ts';

/** RamaLama: the model itself, or a link to it (containers/ramalama, transports/oci/oci.py). */
const MODEL_FILE = 'models/model.file';

/** A layer of the manifest, with what came out of it. */
export interface ImageLayer {
  /** Index in the manifest's layers. */
  readonly layer: number;
  readonly contents: UnpackedLayer;
}

/** A file that the layers above leave as it is. */
interface Visible extends LayerMember {
  readonly layer: number;
}

/**
 * What of the layers belongs to the model, under the paths that it has in the image.
 * @param layers in the manifest's order: the lowest first.
 * @param named the path of the model in the image, where a label says it.
 */
export function imageFiles(layers: readonly ImageLayer[], named?: string): StoredLayer[] {
  const { files, links } = flattened(layers);
  const chosen = chosenFile(files, links, named);
  const weights = inOneFormat(uniqueWeights([...files.values()].filter(isWeights))).filter(
    (file) => chosen === undefined || belongsTo(file, chosen),
  );
  const folders = new Set(weights.map(({ path }) => folderOf(path)));
  const companions = [...files.values()].filter(
    (file) => !isWeights(file) && folders.has(folderOf(file.path)),
  );
  const kept = [...weights, ...companions];
  return layers.map(({ layer, contents: { digest } }) => ({
    layer,
    digest,
    members: kept
      .filter((file) => file.layer === layer)
      .map(({ path, size, digest: content }) => ({
        path: nameOf(path),
        size,
        digest: content,
      })),
  }));
}

/** All layers on top of each other. A whiteout is about the layers below its own only. */
function flattened(layers: readonly ImageLayer[]): {
  files: Map<string, Visible>;
  links: Map<string, string>;
} {
  const files = new Map<string, Visible>();
  const links = new Map<string, string>();
  for (const { layer, contents } of layers) {
    const removed = new Set(contents.removed);
    const hidden = new Set([...contents.opaque, ...contents.removed]);
    for (const map of [files, links]) {
      for (const path of [...map.keys()]) if (removed.has(path) || isBelow(path, hidden)) map.delete(path);
    }
    for (const member of contents.members) {
      links.delete(member.path);
      files.set(member.path, { ...member, layer });
    }
    for (const { path, target } of contents.links) {
      files.delete(path);
      links.set(path, target);
    }
  }
  return { files, links };
}

/** Whether one of the folders of `path` is in `folders`; `''` is the root. */
function isBelow(path: string, folders: ReadonlySet<string>): boolean {
  if (folders.has('')) return true;
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    if (folders.has(path.slice(0, at))) return true;
  }
  return false;
}

function chosenFile(
  files: ReadonlyMap<string, Visible>,
  links: ReadonlyMap<string, string>,
  named: string | undefined,
): Visible | undefined {
  for (const path of [named?.replace(/^\/+/, ''), MODEL_FILE]) {
    const file = path === undefined ? undefined : files.get(followed(path, links));
    if (file !== undefined && isWeights(file)) return file;
  }
  return undefined;
}

/** What has no name of a model was taken because it begins as a GGUF does. */
function isWeights({ path }: LayerMember): boolean {
  return hasWeightsEnding(path) || !isModelFileName(path);
}

/** The chosen model, its other shards, and projectors beside it. */
function belongsTo(file: Visible, chosen: Visible): boolean {
  if (file.digest === chosen.digest) return true;
  if (folderOf(file.path) !== folderOf(chosen.path)) return false;
  if (/mmproj/i.test(file.path)) return true;
  return areShardsOfOne(file.path, chosen.path);
}

/** Each content once, under a name that says what it is where it has one. */
function uniqueWeights(files: readonly Visible[]): Visible[] {
  const named = [...files].sort(
    (a, b) => Number(hasWeightsEnding(b.path)) - Number(hasWeightsEnding(a.path)),
  );
  const byDigest = new Map<string, Visible>();
  for (const file of named) if (!byDigest.has(file.digest)) byDigest.set(file.digest, file);
  return [...byDigest.values()];
}

/** An image may have a program with models of its own, such as for speech, beside the model. */
function inOneFormat(weights: readonly Visible[]): Visible[] {
  const formatOf = ({ path }: Visible): number => MODEL_FORMATS.indexOf(formatOfEnding(nameOf(path)));
  const first = Math.min(...weights.map(formatOf));
  return weights.filter((file) => formatOf(file) === first);
}

/** With its `/`; `''` is the root. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** `model.gguf` for RamaLama's `model.file`. */
function nameOf(path: string): string {
  if (hasWeightsEnding(path) || isModelFileName(path)) return path;
  return `${path.replace(/\.file$/, '')}.gguf`;
}
