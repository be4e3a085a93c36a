/** Slow lines: how much of a line is used. See support/line.ts for what the lines are. */
import { curl, ours } from '../support/contenders.ts';
import { startLine } from '../support/line.ts';
import type { Scenario, Target } from '../support/scenario.ts';

const MB = 1e6;
/**
 * Bytes of one connection that are on the way at the same time, at most: Linux lets a receive buffer grow to 6 MiB
 * (tcp_rmem) and offers half of it to the other side. Over 20 ms that is 157 MB/s for each connection.
 */
const WINDOW_BYTES = 3 * 1024 * 1024;
const CONNECTIONS = 8;

/** A scenario of our pull against curl over one line. */
function overLine(
  about: Pick<Scenario, 'name' | 'title'> & {
    /** Bytes of the layer. */
    readonly bytes: (size: number) => number;
    readonly line: Omit<Parameters<typeof startLine>[0], 'target'>;
    readonly connections?: number;
    readonly target: (ours: number, curl: number) => Target;
  },
): Scenario {
  const { name, title, bytes, line: options, connections, target } = about;
  return {
    name,
    title,
    diskBytes: ({ size }) => 3 * bytes(size),
    async prepare(world, { size }) {
      const model = await world.model(bytes(size));
      const line = await startLine({ ...options, target: model.host });
      const source = { ...model, host: line.host };
      return {
        contenders: {
          ours: ours(source, connections === undefined ? {} : { connections }),
          curl: curl(source),
        },
        targets: ({ ours: us, curl: them }) =>
          us === undefined || them === undefined ? [] : [target(us.wall.median, them.wall.median)],
        close: () => line.close(),
      };
    },
  };
}

export const capped = overLine({
  name: 'capped',
  title: 'a line of 125 MB/s (1 Gbit/s) for all connections together',
  bytes: (size) => size,
  line: { bytesPerSecond: 125 * MB },
  target: (us, them) => ({
    what: 'wall time, of curl’s',
    value: us / them,
    limit: 1.03,
    bound: 'at most',
    unit: '×',
  }),
});

export const perConnection = overLine({
  name: 'per-connection',
  title: `20 MB/s for each connection, ${CONNECTIONS} connections against curl’s one`,
  bytes: (size) => size / 2,
  line: { bytesPerSecondEach: 20 * MB },
  connections: CONNECTIONS,
  target: (us, them) => ({
    what: 'speed, of curl’s',
    value: them / us,
    limit: 6,
    bound: 'at least',
    unit: '×',
  }),
});

export const latency = overLine({
  name: 'latency',
  title: '20 ms round trip, at most 3 MiB of a connection on the way',
  bytes: (size) => size / 4,
  line: { roundTripMs: 20, windowBytes: WINDOW_BYTES },
  connections: CONNECTIONS,
  target: (us, them) => ({
    what: 'speed, of curl’s',
    value: them / us,
    limit: 2,
    bound: 'at least',
    unit: '×',
  }),
});
