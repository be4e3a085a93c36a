/**
 * One end of a network line: `lineProgram.ts JSON` with the options of line.ts; ends with its parent.
 *
 * Bytes from the server go through it as over a long wire with TCP at both ends. A connection may have a window of
 * bytes on the way: ten segments at first (RFC 6928), twice as much after each round trip (slow start, RFC 5681), at
 * most `windowBytes`. The line's speed limits let bytes in, half the round trip later they come out, and another half
 * later their window is free again. A new connection waits for one round trip more, as its handshake would. What the
 * client does not read stays on the way, which closes the window.
 *
 * It costs little CPU, which the clients need: sockets read into a few buffers that are used again, and one clock of
 * 1 ms moves all connections.
 */
import { connect, createServer, type Socket } from 'node:net';
import type { LineMessage, LineOptions } from './line.ts';

const options = JSON.parse(process.argv[2] ?? '') as LineOptions;
const [targetHost = '', targetPort = ''] = options.target.split(':');
const HALF_MS = (options.roundTripMs ?? 0) / 2;
const WINDOW = options.windowBytes ?? Number.POSITIVE_INFINITY;
const FIRST_WINDOW = HALF_MS === 0 ? WINDOW : Math.min(WINDOW, 10 * 1448);
const READ_BYTES = 256 * 1024;
/** Bytes of a connection that the client may leave unread before they count as on the way. */
const UNREAD_BYTES = 256 * 1024;
const TICK_MS = 1;
/** Milliseconds that a limit may save up, because the clock is not exact. */
const SAVED_MS = 5;

/** Bytes that may pass by now, of a limit. */
class Allowance {
  readonly #perMs: number;
  #left = 0;
  #at = performance.now();

  constructor(bytesPerSecond: number | undefined) {
    this.#perMs = (bytesPerSecond ?? Number.POSITIVE_INFINITY) / 1000;
  }

  get left(): number {
    if (this.#perMs === Number.POSITIVE_INFINITY) return this.#perMs;
    const now = performance.now();
    this.#left = Math.min(this.#perMs * SAVED_MS, this.#left + (now - this.#at) * this.#perMs);
    this.#at = now;
    return Math.floor(this.#left);
  }

  spend(bytes: number): void {
    this.#left -= bytes;
  }
}

/** Buffers that go round; one is free again when all that was in it is written. */
class Buffers {
  readonly #free: Buffer[] = [];
  readonly #users = new Map<ArrayBufferLike, number>();

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(READ_BYTES);
  }

  use(bytes: Buffer): void {
    this.#users.set(bytes.buffer, (this.#users.get(bytes.buffer) ?? 0) + 1);
  }

  release(bytes: Buffer): void {
    const users = (this.#users.get(bytes.buffer) ?? 1) - 1;
    if (users > 0) {
      this.#users.set(bytes.buffer, users);
      return;
    }
    this.#users.delete(bytes.buffer);
    this.#free.push(Buffer.from(bytes.buffer));
  }
}

const line = new Allowance(options.bytesPerSecond);
const buffers = new Buffers();
const connections = new Set<Connection>();

/** One connection of a client, and the one to the server that belongs to it. */
class Connection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #limit = new Allowance(options.bytesPerSecondEach);
  /** Read from the server, and not on the way yet. */
  #waiting: Buffer | undefined;
  /** On the way, with the time at which it comes out. */
  readonly #onTheWay: { readonly bytes: Buffer; readonly due: number }[] = [];
  /** Arrived, with the time at which the server knows. */
  readonly #acknowledged: { readonly count: number; readonly due: number }[] = [];
  #window = FIRST_WINDOW;
  #inFlight = 0;
  #ended = false;
  /** Requests of a new connection wait for the handshake. */
  readonly #openAt = performance.now() + 2 * HALF_MS;

  constructor(client: Socket) {
    this.#client = client;
    this.#server = connect({
      host: targetHost,
      port: Number(targetPort),
      onread: { buffer: () => buffers.take(), callback: (count, buffer) => this.#read(count, buffer) },
    });
    client.setNoDelay(true);
    this.#server.setNoDelay(true);
    client.on('data', (bytes) => {
      const wait = Math.max(0, this.#openAt - performance.now()) + HALF_MS;
      if (wait === 0) this.#server.write(bytes);
      else setTimeout(() => this.#server.write(bytes), wait);
    });
    this.#server.on('end', () => {
      this.#ended = true;
    });
    for (const socket of [client, this.#server]) {
      // A side that is cut off ends the other one.
      socket.on('error', () => this.#close());
    }
    client.on('close', () => this.#close());
    this.#server.on('close', () => {
      this.#ended = true;
    });
  }

  /** Takes what the server sent; false stops reading. */
  #read(count: number, buffer: Uint8Array): boolean {
    const bytes = Buffer.from(buffer.buffer, 0, count);
    buffers.use(bytes);
    this.#waiting = bytes;
    this.advance(performance.now());
    return this.#waiting === undefined;
  }

  /** Moves bytes on, as far as the time lets them. */
  advance(now: number): void {
    while (this.#acknowledged[0] !== undefined && this.#acknowledged[0].due <= now) {
      const { count } = this.#acknowledged[0];
      this.#acknowledged.shift();
      this.#inFlight -= count;
      this.#window = Math.min(WINDOW, this.#window + count);
    }
    this.#send(now);
    while (this.#onTheWay[0] !== undefined && this.#onTheWay[0].due <= now) {
      if (this.#client.writableLength > UNREAD_BYTES) break;
      const { bytes } = this.#onTheWay[0];
      this.#onTheWay.shift();
      this.#acknowledged.push({ count: bytes.length, due: now + HALF_MS });
      this.#client.write(bytes, () => buffers.release(bytes));
    }
    if (this.#ended && this.#waiting === undefined && this.#onTheWay.length === 0) this.#client.end();
  }

  /** Lets waiting bytes in, as many as the window and the limits allow. */
  #send(now: number): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const count = Math.min(waiting.length, this.#window - this.#inFlight, line.left, this.#limit.left);
    if (count <= 0) return;
    line.spend(count);
    this.#limit.spend(count);
    this.#inFlight += count;
    this.#onTheWay.push({ bytes: waiting.subarray(0, count), due: now + HALF_MS });
    if (count < waiting.length) {
      this.#waiting = waiting.subarray(count);
      buffers.use(this.#waiting);
      return;
    }
    this.#waiting = undefined;
    // Reading goes on where the callback stopped it.
    this.#server.resume();
  }

  #close(): void {
    connections.delete(this);
    this.#client.destroy();
    this.#server.destroy();
  }
}

/** Turns the order round, so that no connection is always the first to take of the line. */
function tick(): void {
  const now = performance.now();
  for (const connection of connections) connection.advance(now);
  const [first] = connections;
  if (first === undefined) return;
  connections.delete(first);
  connections.add(first);
}

const server = createServer((client) => connections.add(new Connection(client)));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  tell({ host: `127.0.0.1:${address.port}` });
});
setInterval(tick, TICK_MS);

function tell(message: LineMessage): void {
  process.send?.(message);
}

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  tell({ cpuSeconds: (user + system) / 1e6 });
});
process.on('disconnect', () => process.exit(0));
