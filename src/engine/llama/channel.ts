/**
 * Messages over a stream of bytes, both ways: each is its length as four bytes, big endian, then JSON in UTF-8. It takes
 * any duplex stream, so a pipe to a child and a socket are the same to everybody above.
 */
import type { Duplex } from 'node:stream';

/** Bytes of one message at most. A conversation with pictures is the largest; an answer comes in pieces. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
const LENGTH_BYTES = 4;

/** Carries messages to the other side and back. */
export interface Channel {
  /** Does nothing after the end. @throws RangeError if the message is larger than the other side takes. */
  send(message: unknown): void;
  /** Ends the channel on both sides. */
  close(): void;
}

/** Called by a channel. */
export interface ChannelEvents {
  readonly onMessage: (message: unknown) => void;
  /** Called once. @param flaw says what the other side did wrong; undefined if it just went. */
  readonly onEnd: (flaw: string | undefined) => void;
}

/** Bounds of a channel. */
export interface ChannelOptions {
  /** Bytes of a message that is taken. A longer one ends the channel before memory is taken for it. */
  readonly maxBytes?: number;
}

/** A {@link Channel} on `stream`, which belongs to it from now on. */
export function openChannel(stream: Duplex, events: ChannelEvents, options: ChannelOptions = {}): Channel {
  const maxBytes = options.maxBytes ?? MAX_MESSAGE_BYTES;
  const pieces = new Pieces();
  let ended = false;
  const end = (flaw?: string): void => {
    if (ended) return;
    ended = true;
    stream.destroy();
    events.onEnd(flaw);
  };
  stream.on('data', (piece: Buffer) => {
    pieces.add(piece);
    try {
      for (let body = pieces.take(maxBytes); body !== undefined && !ended; body = pieces.take(maxBytes))
        events.onMessage(parse(body));
    } catch (error) {
      if (!(error instanceof ChannelFlaw)) throw error;
      end(error.message);
    }
  });
  stream.on('error', () => end());
  stream.on('end', () => end());
  stream.on('close', () => end());
  return {
    send: (message) => {
      if (ended || !stream.writable) return;
      const body = Buffer.from(JSON.stringify(message));
      if (body.length > MAX_MESSAGE_BYTES)
        throw new RangeError(
          `A message of ${body.length} bytes is larger than the ${MAX_MESSAGE_BYTES} that are taken`,
        );
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32BE(body.length);
      stream.write(Buffer.concat([length, body]));
    },
    close: () => {
      if (!ended) stream.end();
    },
  };
}

class ChannelFlaw extends Error {}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new ChannelFlaw('sent a message that is no JSON');
  }
}

/** Bytes that arrived and are not taken yet; they are joined once for each message. */
class Pieces {
  #pieces: Buffer[] = [];
  #length = 0;
  /** Of the message that arrives now; undefined until its four bytes are here. */
  #wanted: number | undefined;

  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  /** @returns undefined until a message is whole. @throws ChannelFlaw if it has more than `maxBytes`. */
  take(maxBytes: number): Buffer | undefined {
    if (this.#wanted === undefined) {
      const length = this.#cut(LENGTH_BYTES);
      if (length === undefined) return undefined;
      this.#wanted = length.readUInt32BE();
      if (this.#wanted > maxBytes) throw new ChannelFlaw(`sent a message of ${this.#wanted} bytes`);
    }
    const body = this.#cut(this.#wanted);
    if (body !== undefined) this.#wanted = undefined;
    return body;
  }

  #cut(bytes: number): Buffer | undefined {
    if (this.#length < bytes) return undefined;
    const all =
      this.#pieces.length === 1 ? (this.#pieces[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#pieces);
    this.#pieces = all.length > bytes ? [all.subarray(bytes)] : [];
    this.#length -= bytes;
    return all.subarray(0, bytes);
  }
}
