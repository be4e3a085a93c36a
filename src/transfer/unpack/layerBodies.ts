/**
 * Where the files lie in a layer that is not compressed. It is found before the layer comes, by reading the headers
 * of its members, so that the layer is fetched in parts as other content is. What a registry says at that time is
 * not verified; so it is found once more in the bytes that were.
 */
import { findBodies, type ReadArchive } from '../../archive/index.ts';
import { isModelError, ModelError } from '../../base/error.ts';
import { type BlobBody, shortDigest } from '../../oci/index.ts';
import type { ByteRange, DescribeLayer, NewFile } from '../../store/index.ts';
import type { ArchiveRequest } from './request.ts';
import { Selection } from './selection.ts';

/** Bytes of the smallest layer for which headers are asked for; a smaller one is there as soon as they are. */
const MIN_LAYER = 1024 * 1024;
/** Files of one layer, each of which is open while the layer comes. */
const MAX_BODIES = 64;
/** Bytes beside the files, which are kept until the layer is there. */
const MAX_REST = 16 * 1024 * 1024;

/** How a layer's headers come. */
export interface HeaderSource {
  fetch(range: ByteRange): Promise<BlobBody>;
  /** Bytes came over the network. */
  received(bytes: number): void;
}

/** The server sends whole blobs only. */
class NoParts extends Error {}

/** Whether a layer may come in parts, as far as its descriptor tells. */
export function mayComeInParts({ descriptor, compression, wants }: ArchiveRequest): boolean {
  const isPlain = compression === 'none' || compression === 'detect';
  return isPlain && wants === 'all' && descriptor.size >= MIN_LAYER;
}

/**
 * Finds the bodies of a layer's files, in their order.
 * @returns undefined where the layer has to come as one stream: it is compressed or damaged, has too many files,
 * or the server sends no parts.
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
    // What comes as a stream is checked by its digest, which tells who is to blame.
    if (error instanceof NoParts || isModelError(error, 'unsupported-artifact')) return undefined;
    throw error;
  }
}

/** Says what is in a layer. @param bodies where its files are taken to lie. */
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

/** Only names are wanted of it: the bytes go elsewhere. */
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
    // The piece's own memory is used for the next one.
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
  const message = `The registry first sent other bytes of ${shortDigest(descriptor.digest)} than the manifest promises. Pull again; if it happens again, tell the publisher.`;
  return new ModelError('digest-mismatch', message, { retryable: true });
}
