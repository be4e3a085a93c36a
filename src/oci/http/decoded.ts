/**
 * Small bodies that came encoded although nobody asked for it: some registries and proxies compress manifests and
 * lists all the same, and others only say so.
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
 * The encoding of a `Content-Encoding`; undefined if the body is as it is, or if the label is none of HTTP's, such as
 * `aws-chunked`, which object stores keep of an upload.
 */
export function encodingOf(contentEncoding: string | undefined): string | undefined {
  const name = (contentEncoding ?? '').trim().toLowerCase();
  return Object.hasOwn(DECODERS, name) ? name : undefined;
}

/**
 * The bytes behind an encoding. A body that is not encoded in this way is taken as it is: the label lies.
 * @returns undefined if they are more than `maxBytes`.
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
