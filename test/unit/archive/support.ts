/** Reads an archive in pieces and keeps all that comes out. */
import {
  type ArchiveLimits,
  ArchiveReader,
  type Compression,
  type TarEntry,
} from '../../../src/archive/index.ts';

/** What came out. */
export interface Read {
  readonly entries: readonly TarEntry[];
  /** By path. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Where the archive is one file. */
  readonly bare?: { readonly compression: Compression; readonly bytes: Buffer };
}

const LIMITS: ArchiveLimits = { maxBytes: 64 * 1024 * 1024, maxEntries: 10_000, maxFrames: 1000 };

/** @param pieceBytes of each piece, whose memory is overwritten as soon as the reader allows it. */
export async function readArchive(
  bytes: Uint8Array,
  pieceBytes = 65_536,
  limits: ArchiveLimits = LIMITS,
): Promise<Read> {
  const entries: TarEntry[] = [];
  const files = new Map<string, Buffer>();
  const pieces: Buffer[] = [];
  let compression: Compression | undefined;
  const collect = (done: (all: Buffer) => void) => {
    const parts: Buffer[] = [];
    return {
      write: (part: Uint8Array) => void parts.push(Buffer.from(part)),
      end: () => done(Buffer.concat(parts)),
    };
  };
  const reader = new ArchiveReader(
    {
      entry: (entry) => {
        entries.push(entry);
        return entry.type === 'file' ? collect((all) => files.set(entry.path, all)) : undefined;
      },
      bare: (_, found) => {
        compression = found;
        return collect((all) => pieces.push(all));
      },
    },
    limits,
  );
  try {
    const piece = Buffer.alloc(pieceBytes);
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const part = bytes.subarray(at, at + pieceBytes);
      piece.set(part);
      await reader.write(piece.subarray(0, part.length));
      piece.fill(0xaa);
    }
    await reader.end();
  } finally {
    reader.close();
  }
  const bare = compression === undefined ? {} : { bare: { compression, bytes: Buffer.concat(pieces) } };
  return { entries, files, ...bare };
}
