/**
 * Selects the files of a model in a container image: applies the image's layers (image-spec, layer.md, “Applying
 * Changesets”), chooses the model if the image names one, and drops files in folders without weights.
 */
import { imageFileName, imageWeights, isImageWeights, MODEL_PATH } from '../../artifact/index.ts';
import type { LayerMember, StoredLayer, UnpackedLayer } from '../../store/index.ts';
import { followed } from './links.ts';

/** An unpacked layer of the manifest. */
export interface ImageLayer {
  /** Index in the manifest's layers. */
  readonly layer: number;
  readonly contents: UnpackedLayer;
}

/** A file that no layer above removes or replaces. */
interface Visible extends LayerMember {
  readonly layer: number;
}

/**
 * Returns the files of the model under their paths in the image.
 * @param layers in the manifest's order, lowest first.
 * @param named the path of the model in the image, if a label names it.
 */
export function imageFiles(layers: readonly ImageLayer[], named?: string): StoredLayer[] {
  const { files, links } = flattened(layers);
  const chosen = chosenFile(files, links, named);
  const weights = imageWeights([...files.values()], chosen);
  const folders = new Set(weights.map(({ path }) => folderOf(path)));
  const companions = [...files.values()].filter(
    (file) => !isImageWeights(file.path) && folders.has(folderOf(file.path)),
  );
  const kept = [...weights, ...companions];
  return layers.map(({ layer, contents: { digest } }) => ({
    layer,
    digest,
    members: kept
      .filter((file) => file.layer === layer)
      .map(({ path, size, digest: content }) => ({
        path: imageFileName(path),
        size,
        digest: content,
      })),
  }));
}

/** Applies all layers. A whiteout only affects the layers below its own. */
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

/** Returns true if `folders` has one of the folders of `path`; `''` is the root. */
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
  for (const path of [named?.replace(/^\/+/, ''), MODEL_PATH]) {
    const file = path === undefined ? undefined : files.get(followed(path, links));
    if (file !== undefined && isImageWeights(file.path)) return file;
  }
  return undefined;
}

/** Returns the folder of a path with its `/`; `''` is the root. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}
