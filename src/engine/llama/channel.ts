/**
 * Carries messages over a stream of bytes in both directions. Each is its length as four bytes, big endian, followed by
 * JSON in UTF-8. Any duplex stream will do, so a pipe to a child and a socket look the same to the layers above.
 */
import type { Duplex } from 'node:stream';
import { type Localized, t } from '../../base/l10n.ts';

/** Largest message, in bytes. Conversations with images are the largest; answers come in pieces. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
const LENGTH_BYTES = 4;
/** Milliseconds between two writes of messages that may wait: thirty a second look fluent. */
const JOIN_MS = 33;

/** A connection to the other side. */
export interface Channel {
  /**
   * Does nothing after the end.
   * @param onSent called when the system has taken the message.
   * @throws RangeError if the message is larger than the other side accepts.
   */
  send(message: unknown, onSent?: () => void): void;
  /**
   * Sends at once if nothing was sent for {@link JOIN_MS}, and otherwise together with what follows until then, in
   * order. Does nothing after the end. Answers of fast models come in hundreds of pieces a second, and each waking of
   * the other side takes a core from llama.cpp's threads, which wait for each other.
   * @throws RangeError as {@link send}.
   */
  sendSoon(message: unknown): void;
  /** Ends the channel on both sides. */
  close(): void;
}

/** Callbacks of a channel. */
export interface ChannelEvents {
  readonly onMessage: (message: unknown) => void;
  /**
   * Called once.
   * @param flaw as in `HostFlaw`; undefined if the other side simply closed.
   * @param isBroken true if the last messages of the other side may not have been read: Node.js closes a stream at the
   * first message that cannot be written, with all that had arrived.
   */
  readonly onEnd: (flaw: Localized | undefined, isBroken: boolean) => void;
}

/** Bounds of a channel. */
export interface ChannelOptions {
  /** Largest message that is accepted, in bytes. A larger one ends the channel before memory is allocated for it. */
  readonly maxBytes?: number;
}

/** Opens a {@link Channel} on `stream`, which it owns from now on. */
export function openChannel(stream: Duplex, events: ChannelEvents, options: ChannelOptions = {}): Channel {
  const maxBytes = options.maxBytes ?? MAX_MESSAGE_BYTES;
  const pieces = new Pieces();
  let ended = false;
  const held: Buffer[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writtenAt = Number.NEGATIVE_INFINITY;
  const end = (flaw?: Localized, isBroken = false): void => {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    held.length = 0;
    stream.destroy();
    events.onEnd(flaw, isBroken);
  };
  stream.on('data', (piece: Buffer) => {
    pieces.add(piece);
    try {
      for (let body = pieces.take(maxBytes); body !== undefined && !ended; body = pieces.take(maxBytes))
        events.onMessage(parse(body));
    } catch (error) {
      if (!(error instanceof ChannelFlaw)) throw error;
      end(error.flaw);
    }
  });
  stream.on('error', () => end(undefined, true));
  stream.on('end', () => end());
  stream.on('close', () => end());
  const isOpen = (): boolean => !ended && stream.writable;
  const flush = (onSent?: () => void): void => {
    clearTimeout(timer);
    timer = undefined;
    const bytes = Buffer.concat(held.splice(0));
    if (!isOpen() || bytes.length === 0) return;
    writtenAt = performance.now();
    stream.write(bytes, (error) => {
      if (error === null || error === undefined) onSent?.();
    });
  };
  return {
    send: (message, onSent) => {
      if (!isOpen()) return;
      held.push(framed(message));
      flush(onSent);
    },
    sendSoon: (message) => {
      if (!isOpen()) return;
      held.push(framed(message));
      const waitMs = writtenAt + JOIN_MS - performance.now();
      if (waitMs <= 0) flush();
      else timer ??= setTimeout(() => flush(), waitMs);
    },
    close: () => {
      flush();
      if (!ended) stream.end();
    },
  };
}

/** Returns a message with its length. @throws RangeError if the other side would not accept it. */
function framed(message: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(message));
  if (body.length > MAX_MESSAGE_BYTES)
    throw new RangeError(`A message of ${body.length} bytes exceeds the limit of ${MAX_MESSAGE_BYTES} bytes`);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
}

class ChannelFlaw extends Error {
  readonly flaw: Localized;

  constructor(flaw: Localized) {
    super(flaw);
    this.flaw = flaw;
  }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new ChannelFlaw(t('it sent a message that is not JSON'));
  }
}

/** Bytes that arrived and were not taken yet; they are joined once per message. */
class Pieces {
  #pieces: Buffer[] = [];
  #length = 0;
  /** Length of the message that is arriving; undefined until its first four bytes are there. */
  #wanted: number | undefined;

  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  /** @returns undefined until a message is complete. @throws ChannelFlaw if it has more than `maxBytes`. */
  take(maxBytes: number): Buffer | undefined {
    if (this.#wanted === undefined) {
      const length = this.#cut(LENGTH_BYTES);
      if (length === undefined) return undefined;
      this.#wanted = length.readUInt32BE();
      if (this.#wanted > maxBytes) throw new ChannelFlaw(t('it sent a message of {0} bytes', this.#wanted));
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
