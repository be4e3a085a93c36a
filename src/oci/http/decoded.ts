/**
 * Decoding of small bodies that are encoded without being asked to. Some registries and proxies compress manifests and
 * lists anyway, and others only claim to.
 */
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';

type Decode = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

const DECODERS: Readonly<Record<string, Decode>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
};

/**
 * Returns the encoding in a `Content-Encoding`, or undefined if the body is not encoded or the label is not one of
 * HTTP, such as `aws-chunked`, which object stores keep from an upload.
 */
export function encodingOf(contentEncoding: string | undefined): string | undefined {
  const name = (contentEncoding ?? '').trim().toLowerCase();
  return Object.hasOwn(DECODERS, name) ? name : undefined;
}

/**
 * Decodes a body. One that is not encoded in this way is returned as it is, since its label is wrong.
 * @returns undefined if the result has more than `maxBytes`.
 */
export async function decoded(
  bytes: Buffer,
  contentEncoding: string | undefined,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const decode = DECODERS[encodingOf(contentEncoding) ?? ''];
  if (decode === undefined) return bytes;
  try {
    return await decode(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    const isTooLong = error instanceof RangeError;
    return isTooLong ? undefined : bytes;
  }
}
