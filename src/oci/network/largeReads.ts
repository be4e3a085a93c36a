/**
 * Connections that read into one buffer of their own (`onread` of net.connect). Node otherwise allocates memory for
 * each 64 KiB, whose collection costs more than the download of a gigabyte itself.
 */
import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';

/**
 * Makes a connector like undici's. A piece from such a connection is only valid until the handler returns, since its
 * buffer is then overwritten. TLS inside a tunnel does not read this way, but its handlers must observe the same.
 * @param bytes of the buffer.
 */
export function largeReadConnector(
  build: typeof buildConnector,
  options: buildConnector.BuildOptions,
  bytes: number,
): buildConnector.connector {
  const onread = {
    buffer: Buffer.alloc(0),
    // False pauses reading until the piece is taken.
    callback(this: Socket, length: number, buffer: Buffer): boolean {
      return this.push(length === buffer.length ? buffer : buffer.subarray(0, length));
    },
  };
  // With a high-water mark of one byte `push` returns false after each piece, so the buffer never holds a second one.
  const reading = { highWaterMark: 1, onread };
  const connect = build({ ...options, ...reading });
  return (target, callback) => {
    // The socket takes the buffer during this call, so each one has its own.
    onread.buffer = Buffer.allocUnsafeSlow(bytes);
    connect(target, callback);
  };
}
