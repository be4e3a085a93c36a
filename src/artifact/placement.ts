/** Places files in a model's folder: decides which of them to run and in which order, and gives each its own path. */
import { t } from '../base/l10n.ts';
import { mapInSteps, type Steps } from '../base/steps.ts';
import { quoted } from '../base/text.ts';
import { parseDigest } from '../oci/spec/digest.ts';
import { type FileRole, MODEL_FORMATS, type ModelFile, type ModelFormat } from './artifact.ts';
import type { Candidate } from './candidate.ts';
import type { HeaderRoles } from './headers.ts';
import { type Sorted, withoutCompanions } from './names/companions.ts';
import { nameKey } from './names/fileName.ts';
import { EXTENSIONS } from './names/formats.ts';
import { refusePieces } from './names/pieces.ts';
import { type Named, nameFolderWeights, nameGgufs } from './names/shards.ts';
import { unsupported } from './unsupported.ts';

/** Files with their places. */
export interface Placement {
  /** Weights first, in load order. */
  readonly files: readonly ModelFile[];
  /** Format of the weights; undefined if there are none. */
  readonly format: ModelFormat | undefined;
}

/** Paths of files that have no name. */
const DEFAULT_PATHS: Readonly<Record<FileRole, string>> = {
  weights: 'model.gguf',
  projector: 'mmproj.gguf',
  adapter: 'adapter.gguf',
  draft: 'draft.gguf',
  template: 'template.jinja',
  license: 'LICENSE',
  config: 'config.json',
  tokenizer: 'tokenizer.json',
  other: 'layer',
};

/** Returns true if `path` is the one that a file of this role gets if it has no name. */
export function isDefaultPath(role: FileRole, path: string): boolean {
  return path === DEFAULT_PATHS[role];
}

/** Returns the first folder of a path, or the path itself. */
function topOf(path: string): string {
  const slash = path.indexOf('/');
  return slash < 0 ? path : path.slice(0, slash);
}

/** Assigns paths, and refuses two files with the same one. */
class Paths {
  /** Keys of the first parts of the publishers' paths, which default paths must avoid. */
  readonly #tops: ReadonlySet<string>;
  /** Paths by their keys. */
  readonly #taken = new Map<string, string>();
  /** The number to try next for a default path, so that thousands of licenses take no time. */
  readonly #next = new Map<string, number>();

  constructor(given: Iterable<string>) {
    this.#tops = new Set([...given].map((path) => topOf(nameKey(path))));
  }

  take(path: string): string {
    const key = nameKey(path);
    if (this.#taken.has(key)) {
      throw unsupported(
        t(
          'This artifact has two different files named {0}. Ask its publisher to rename one of them.',
          quoted(path, 100),
        ),
      );
    }
    this.#taken.set(key, path);
    return path;
  }

  /** Assigns `LICENSE`, `LICENSE-2`, …; an `other` file gets part of its digest. */
  takeDefault({ role, digest }: Candidate): string {
    const base = role === 'other' ? `layer-${parseDigest(digest).hex.slice(0, 12)}` : DEFAULT_PATHS[role];
    const dot = base.includes('.') ? base.lastIndexOf('.') : base.length;
    for (let number = this.#next.get(base) ?? 1; ; number++) {
      const path = number === 1 ? base : `${base.slice(0, dot)}-${number}${base.slice(dot)}`;
      const key = nameKey(path);
      if (this.#taken.has(key) || this.#tops.has(key)) continue;
      this.#next.set(base, number + 1);
      return this.take(path);
    }
  }

  /** Refuses a file whose path is also a folder of another one. One pass for all, because nested folders are many. */
  requireNoFileInFile(): void {
    /** Prefixes of the current key, the shortest first; in sorted order none of them can come later. */
    const above: string[] = [];
    for (const key of [...this.#taken.keys()].sort()) {
      for (let last = above.at(-1); last !== undefined && !key.startsWith(last); last = above.at(-1))
        above.pop();
      const file = above.find(({ length }) => key[length] === '/');
      if (file !== undefined) {
        throw unsupported(
          t(
            'This artifact has a file and a folder named {0}. Ask its publisher to rename one of them.',
            quoted(this.#taken.get(file) ?? file, 100),
          ),
        );
      }
      above.push(key);
    }
  }
}

/** Removes repetitions, because some packagers list a file twice. */
function withoutRepetitions(candidates: readonly Candidate[]): Candidate[] {
  const seen = new Map<string, Set<string>>();
  return candidates.filter(({ digest, name = '' }) => {
    const names = seen.get(digest);
    if (names?.has(name) === true) return false;
    if (names === undefined) seen.set(digest, new Set([name]));
    else names.add(name);
    return true;
  });
}

/** Separates the weights of the preferred format; those of other formats beside them are not run. */
function inOneFormat(candidates: readonly Candidate[]): {
  readonly format: ModelFormat | undefined;
  readonly weights: readonly Candidate[];
  readonly others: readonly Candidate[];
} {
  const all = candidates.filter(({ role }) => role === 'weights');
  const format = MODEL_FORMATS.find((candidate) =>
    all.some((file) => (file.format ?? 'other') === candidate),
  );
  const isWeights = (file: Candidate): boolean =>
    file.role === 'weights' && (file.format ?? 'other') === format;
  return {
    format,
    weights: candidates.filter(isWeights),
    others: candidates
      .filter((file) => !isWeights(file))
      .map((file) => (file.role === 'weights' ? { ...file, role: 'other' } : file)),
  };
}

/**
 * Gives every file its place.
 * @param inManifestOrder see {@link nameGgufs}.
 * @param headers roles from the headers of GGUFs, if those were read.
 * @throws ModelError `unsupported-artifact` if names conflict, or if the weights are not one whole model.
 */
export function* placeFiles(
  given: readonly Candidate[],
  inManifestOrder: boolean,
  headers?: HeaderRoles,
): Steps<Placement> {
  const { format, ...split } = inOneFormat(withoutRepetitions(given));
  yield;
  if (format === 'gguf')
    refusePieces(
      split.weights.map(({ name = '' }) => name),
      inManifestOrder,
    );
  const { weights, companions, isUnclear }: Sorted =
    format === 'gguf'
      ? yield* withoutCompanions(split.weights, headers)
      : { weights: split.weights, companions: [], isUnclear: false };
  yield;
  const named = nameAll(weights, format, inManifestOrder && !isUnclear);
  yield;
  const others = [...companions, ...split.others].sort((a, b) => a.layer - b.layer);
  const paths = new Paths([...named, ...others].flatMap(({ name }) => name ?? []));
  const place = (file: Candidate, path: string): ModelFile => {
    const { role, size, digest, layer } = file;
    return { role, path, size, digest, layer };
  };
  const placedWeights = yield* mapInSteps(named, ({ item, name }) => place(item, paths.take(name)));
  const placedOthers = yield* mapInSteps(others, (file) =>
    place(file, file.name === undefined ? paths.takeDefault(file) : paths.take(file.name)),
  );
  yield;
  paths.requireNoFileInFile();
  return { files: [...placedWeights, ...placedOthers], format };
}

function nameAll(
  weights: readonly Candidate[],
  format: ModelFormat | undefined,
  inManifestOrder: boolean,
): readonly Named<Candidate>[] {
  if (format === undefined) return [];
  return format === 'gguf'
    ? nameGgufs(weights, inManifestOrder)
    : nameFolderWeights(weights, EXTENSIONS[format]);
}
