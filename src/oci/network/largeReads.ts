/**
 * Connections that read into one buffer of their own (`onread` of net.connect). Node otherwise takes new memory for
 * each 64 KiB, and looking after that costs more than the download of a gigabyte itself.
 */
import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';

/**
 * A connector like undici's. A piece that such a connection gives may be used until the handler returns, and is
 * overwritten then. TLS inside of a tunnel does not read this way; for its handlers the same is true all the same.
 * @param bytes of the buffer.
 */
export function largeReadConnector(
  build: typeof buildConnector,
  options: buildConnector.BuildOptions,
  bytes: number,
): buildConnector.connector {
  const onread = {
    buffer: Buffer.alloc(0),
    // False stops the reading until the piece was taken.
    callback(this: Socket, length: number, buffer: Buffer): boolean {
      return this.push(length === buffer.length ? buffer : buffer.subarray(0, length));
    },
  };
  // With a mark of one byte, `push` says false after each piece: there is never a second one in the buffer.
  const reading = { highWaterMark: 1, onread };
  const connect = build({ ...options, ...reading });
  return (target, callback) => {
    // The socket takes it while this call runs, so each one has its own.
    onread.buffer = Buffer.allocUnsafeSlow(bytes);
    connect(target, callback);
  };
}
