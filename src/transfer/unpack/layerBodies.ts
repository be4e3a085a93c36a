/**
 * Locates the files in an uncompressed layer before it is downloaded, by reading the headers of its members, so that the
 * layer can be fetched in parts like other content. The headers are not verified at that time, so the files are located
 * again in the verified bytes.
 */
import { findBodies, type ReadArchive } from '../../archive/index.ts';
import { isModelError, ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { type BlobBody, shortDigest } from '../../oci/index.ts';
import type { ByteRange, DescribeLayer, NewFile } from '../../store/index.ts';
import type { ArchiveRequest } from './request.ts';
import { Selection } from './selection.ts';

/** Bytes of the smallest layer whose headers are read; a smaller one arrives as fast as they do. */
const MIN_LAYER = 1024 * 1024;
/** The most files of one layer, because each is open while the layer is downloaded. */
const MAX_BODIES = 64;
/** The most bytes between the files, which are kept until the layer is complete. */
const MAX_REST = 16 * 1024 * 1024;

/** Reads the headers of a layer. */
export interface HeaderSource {
  fetch(range: ByteRange): Promise<BlobBody>;
  /** Counts bytes that arrived over the network. */
  received(bytes: number): void;
}

/** Thrown if the server only sends whole blobs. */
class NoParts extends Error {}

/** Tells whether a layer may be fetched in parts, as far as its descriptor shows. */
export function mayComeInParts({ descriptor, compression, wants }: ArchiveRequest): boolean {
  const isPlain = compression === 'none' || compression === 'detect';
  return isPlain && wants === 'all' && descriptor.size >= MIN_LAYER;
}

/**
 * Finds the bodies of a layer's files, in their order.
 * @returns undefined if the layer has to be fetched as one stream, because it is compressed or damaged, has too many
 * files, or the server does not send parts.
 * @throws ModelError what the source throws.
 */
export async function findLayerBodies(
  request: ArchiveRequest,
  source: HeaderSource,
): Promise<readonly ByteRange[] | undefined> {
  const { size } = request.descriptor;
  try {
    const read: ReadArchive = (start, end) => readRange(source, { start, end });
    const bodies = await findBodies(read, size, newSelection(request));
    if (bodies === undefined || bodies.length === 0 || bodies.length > MAX_BODIES) return undefined;
    const rest = bodies.reduce((bytes, { start, end }) => bytes - (end - start), size);
    return rest > MAX_REST ? undefined : bodies;
  } catch (error) {
    // The digest of the stream will tell whether the archive or the connection is at fault.
    if (error instanceof NoParts || isModelError(error, 'unsupported-artifact')) return undefined;
    throw error;
  }
}

/** Describes a layer from its verified bytes. @param bodies the positions at which its files were located before. */
export function describeLayer(request: ArchiveRequest, bodies: readonly ByteRange[]): DescribeLayer {
  return async (read) => {
    const selection = newSelection(request);
    const found = await findBodies(read, request.descriptor.size, selection).catch((error: unknown) => {
      if (isModelError(error, 'unsupported-artifact')) return undefined;
      throw error;
    });
    if (!isSame(found, bodies)) throw otherBodies(request);
    selection.finish();
    return (contents) => selection.result(contents);
  };
}

/** Makes a selection that only collects names, because the bytes are written elsewhere. */
function newSelection(request: ArchiveRequest): Selection {
  return new Selection(
    request,
    (size = request.descriptor.size): NewFile => ({ size, write() {}, end() {} }),
  );
}

async function readRange({ fetch, received }: HeaderSource, wanted: ByteRange): Promise<Uint8Array> {
  const { offset, end, body } = await fetch(wanted);
  const isPart = offset === wanted.start && end <= wanted.end;
  const pieces: Uint8Array[] = [];
  await body.pour((piece) => {
    received(piece.length);
    if (!isPart) return 'enough';
    // Copied, because the piece's memory is reused for the next one.
    pieces.push(Buffer.from(piece));
    return undefined;
  });
  if (!isPart) throw new NoParts();
  return Buffer.concat(pieces);
}

function isSame(found: readonly ByteRange[] | undefined, bodies: readonly ByteRange[]): boolean {
  return (
    found?.length === bodies.length &&
    found.every(({ start, end }, index) => start === bodies[index]?.start && end === bodies[index].end)
  );
}

function otherBodies({ descriptor }: ArchiveRequest): ModelError {
  const message = t(
    'The registry first sent a different version of a layer of the model ({0}). Pull the model again; if it happens again, tell its publisher.',
    shortDigest(descriptor.digest),
  );
  return new ModelError('digest-mismatch', message, { retryable: true });
}
