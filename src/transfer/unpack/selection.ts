/** Chooses members of one archive while it arrives, and checks them before anything is written. */
import {
  type ArchiveTaker,
  damagedArchive,
  type FileSink,
  linkTarget,
  memberPath,
  refusedArchive,
  refusedMember,
  type TarEntry,
} from '../../archive/index.ts';
import { GGUF_MAGIC_BYTES, isForeign, isGguf, isWantedByName, safeFileName } from '../../artifact/index.ts';
import { t } from '../../base/l10n.ts';
import type { LayerMember, NewContent, NewFile, UnpackedLayer } from '../../store/index.ts';
import { followed, LinkBudget } from './links.ts';
import type { ArchiveRequest } from './request.ts';

/** The most files that are written for one layer. */
const MAX_FILES = 4_000;
const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

/**
 * Creates a file.
 * @param size bytes that will be written; undefined if unknown.
 * @throws ModelError `disk-full`, `store-error`, `store-busy`.
 */
export type CreateFile = (size: number | undefined) => NewFile;

interface Link {
  readonly path: string;
  readonly target: string;
}

/** Collects the members of one layer. */
export class Selection implements ArchiveTaker {
  readonly #request: ArchiveRequest;
  readonly #create: CreateFile;
  /** True if the archive is a layer of a file system, most of which does not belong to the model. */
  readonly #isImage: boolean;
  readonly #files = new Map<string, NewFile>();
  readonly #links: Link[] = [];
  /** The members that links name, by the links' paths. */
  readonly #aliases = new Map<string, string>();
  readonly #removed: string[] = [];
  readonly #opaque: string[] = [];

  constructor(request: ArchiveRequest, create: CreateFile) {
    this.#request = request;
    this.#create = create;
    this.#isImage = request.wants === 'model-files';
  }

  /** The files that were written, in the order of the archive. */
  get files(): readonly NewFile[] {
    return [...this.#files.values()];
  }

  readonly entry = (entry: TarEntry): FileSink | undefined => {
    const found = memberPath(this.#isImage ? entry.path.replace(/^\/+/, '') : entry.path);
    if ('flaw' in found) {
      // An image has the files of a whole system, some with odd names. Skipping them is enough.
      if (this.#isImage) return undefined;
      throw refusedMember(entry.path, found.flaw);
    }
    const { path } = found;
    return path === '' ? undefined : this.#member(path, entry);
  };

  readonly bare = (head: Uint8Array): FileSink => {
    const path = this.#request.path ?? (isGguf(head) ? 'model.gguf' : undefined);
    if (path !== undefined) return this.#write(path, undefined);
    throw damagedArchive(t('The archive of this model is neither a tar nor a GGUF file.'));
  };

  /**
   * Resolves links to members, after the archive's last byte was read.
   * @throws ModelError `unsupported-artifact` if a link has the name of another member.
   */
  finish(): void {
    if (this.#isImage) return;
    const links = new Map(this.#links.map(({ path, target }) => [path, target]));
    const budget = new LinkBudget();
    for (const { path } of this.#links) {
      const target = followed(path, links, budget);
      if (!this.#files.has(target)) continue;
      const safe = safeFileName(path);
      if (this.#files.has(safe) || this.#aliases.has(safe)) throw refusedMember(path, 'twice');
      this.#aliases.set(safe, target);
    }
  }

  /** Describes the unpacked layer, after {@link finish}. @param contents of {@link files}, in their order. */
  result(contents: readonly NewContent[]): UnpackedLayer {
    const own = [...this.#files.keys()];
    const byPath = new Map(own.map((path, index) => [path, contents[index]]));
    const names = new Map([...own.map((path) => [path, path] as const), ...this.#aliases]);
    const members = [...names].flatMap(([path, target]): LayerMember[] => {
      const content = byPath.get(target);
      return content === undefined ? [] : [{ path, ...content }];
    });
    const { descriptor, wants, path: name } = this.#request;
    return {
      digest: descriptor.digest,
      wants,
      ...(name === undefined ? {} : { name }),
      members,
      links: this.#isImage ? this.#links : [],
      removed: this.#removed,
      opaque: this.#opaque,
    };
  }

  #member(path: string, { type, size, target }: TarEntry): FileSink | undefined {
    switch (type) {
      case 'file':
        return this.#isImage ? this.#imageFile(path, size) : this.#write(path, size);
      case 'symlink':
      case 'hardlink':
        this.#link(path, type, target);
        return undefined;
      case 'device':
      case 'sparse':
        if (this.#isImage && (isForeign(path) || !isWantedByName(path, size))) return undefined;
        throw refusedMember(path, type);
      case 'directory':
      case 'other':
        return undefined;
    }
  }

  #imageFile(path: string, size: number): FileSink | undefined {
    const slash = path.lastIndexOf('/') + 1;
    const name = path.slice(slash);
    if (name === OPAQUE) this.#opaque.push(path.slice(0, Math.max(0, slash - 1)));
    else if (name.startsWith(WHITEOUT))
      this.#removed.push(path.slice(0, slash) + name.slice(WHITEOUT.length));
    if (name.startsWith(WHITEOUT) || isForeign(path)) return undefined;
    if (isWantedByName(path, size)) return this.#write(path, size);
    return new ByMagic(() => this.#write(path, size));
  }

  #write(path: string, size: number | undefined): FileSink {
    const safe = safeFileName(path);
    if (this.#files.has(safe)) throw refusedMember(path, 'twice');
    if (this.#files.size >= MAX_FILES) {
      throw refusedArchive(t('The archive of this model has more than {0} files.', MAX_FILES));
    }
    const file = this.#create(size);
    this.#files.set(safe, file);
    return file;
  }

  #link(path: string, type: 'symlink' | 'hardlink', target: string): void {
    // An operating system has thousands of links.
    if (this.#isImage && isForeign(path)) return;
    // A hard link names a member by its full path; a symbolic link is relative to its own folder.
    const found =
      type === 'symlink' ? linkTarget(path, target, this.#isImage) : hardTarget(target, this.#isImage);
    if (found !== undefined) {
      if (this.#links.length < MAX_FILES) this.#links.push({ path, target: found });
    } else if (!this.#isImage) throw refusedMember(path, 'outside-link');
  }
}

function hardTarget(target: string, isImage: boolean): string | undefined {
  const found = memberPath(isImage ? target.replace(/^\/+/, '') : target);
  return 'path' in found ? found.path : undefined;
}

/** Holds the first bytes of a file until they tell whether it is wanted. */
class ByMagic implements FileSink {
  readonly #write: () => FileSink;
  #head: Buffer = Buffer.alloc(0);
  #sink: FileSink | undefined;
  #isDecided = false;

  constructor(write: () => FileSink) {
    this.#write = write;
  }

  write(piece: Uint8Array): void {
    if (this.#isDecided) {
      this.#sink?.write(piece);
      return;
    }
    const head = Buffer.concat([this.#head, piece.subarray(0, GGUF_MAGIC_BYTES - this.#head.length)]);
    const rest = piece.subarray(head.length - this.#head.length);
    this.#head = head;
    if (head.length < GGUF_MAGIC_BYTES) return;
    this.#isDecided = true;
    if (!isGguf(head)) return;
    this.#sink = this.#write();
    this.#sink.write(head);
    this.#sink.write(rest);
  }

  end(): void {
    this.#sink?.end();
  }
}
