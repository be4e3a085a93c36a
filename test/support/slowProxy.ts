/** A line to a registry with a limited speed, as a TCP proxy. */
import { once } from 'node:events';
import { createServer, type Socket, connect as tcpConnect } from 'node:net';

/** A running proxy. */
export interface SlowProxy {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  close(): Promise<void>;
}

/** Starts a proxy to `target` (`host:port`). @param bytesPerSecond the speed of the answers. */
export async function startSlowProxy(target: string, bytesPerSecond: number): Promise<SlowProxy> {
  const [host = '', port = ''] = target.split(':');
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = tcpConnect(Number(port), host);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    }
    client.pipe(upstream);
    upstream.on('end', () => client.end());
    client.on('close', () => upstream.destroy());
    upstream.on('data', (chunk) => {
      upstream.pause();
      client.write(chunk);
      setTimeout(() => upstream.resume(), (1000 * chunk.length) / bytesPerSecond);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  return {
    host: `127.0.0.1:${address.port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
