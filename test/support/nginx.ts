/** Runs nginx (a Debian package) in the foreground, with a configuration of the test. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findProgram, NGINX } from '../../scripts/support/debian.ts';
import { freePort } from '../../scripts/support/process.ts';

/** Milliseconds. */
const START_TIMEOUT_MS = 60_000;

/** A server that runs. */
export interface Nginx {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** Ends the process and removes its folder. */
  close(): Promise<void>;
}

/** Whether nginx is installed; tests with it are skipped elsewhere. */
export function hasNginx(): boolean {
  return findProgram(NGINX) !== undefined;
}

/** Waits until something listens on a port of this machine. */
async function listening(port: number, isGone: () => string | undefined): Promise<void> {
  const end = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch (error) {
      const gone = isGone();
      if (gone !== undefined) throw new Error(`nginx ended: ${gone}`);
      if (Date.now() > end) throw error;
      await delay(20);
    } finally {
      socket.destroy();
    }
  }
}

/**
 * Starts nginx with one server.
 * @param options.server directives inside `server { … }`. @param options.http directives before it.
 */
export async function startNginx(options: {
  readonly server: string;
  readonly http?: string;
}): Promise<Nginx> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-nginx-'));
  const port = await freePort();
  const config = `daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  client_max_body_size 0;
  ${options.http ?? ''}
  server {
    listen 127.0.0.1:${port};
    ${options.server}
  }
}
`;
  await writeFile(join(folder, 'nginx.conf'), config);
  const child = spawn(findProgram(NGINX) ?? 'nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  child.on('error', (error) => {
    said += error.message;
  });
  const killWithTest = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithTest);
  const isRunning = (): boolean =>
    child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  const close = async (): Promise<void> => {
    process.off('exit', killWithTest);
    if (isRunning()) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    await listening(port, () => (isRunning() ? undefined : said));
    return { host: `127.0.0.1:${port}`, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * A server of docker-registry's blobs under signed addresses that end (ngx_http_secure_link_module): without a
 * valid signature 403, after the end 410.
 * @param dataFolder of the registry.
 */
export function signedBlobs(dataFolder: string, secret: string): string {
  return `location ~ "^/blobs/(?<start>[0-9a-f]{2})(?<rest>[0-9a-f]+)$" {
      secure_link $arg_signature,$arg_expires;
      secure_link_md5 "$secure_link_expires$uri ${secret}";
      if ($secure_link = "") { return 403; }
      if ($secure_link = "0") { return 410; }
      if ($http_authorization) { return 400; }
      alias ${dataFolder}/docker/registry/v2/blobs/sha256/$start/$start$rest/data;
    }`;
}

/** A signed address for {@link signedBlobs}. @param lifeSeconds from now on; in the past where negative. */
export function signBlob(host: string, digest: string, secret: string, lifeSeconds: number): string {
  const path = `/blobs/${digest.replace('sha256:', '')}`;
  const expires = Math.floor(Date.now() / 1000) + lifeSeconds;
  const signature = createHash('md5').update(`${expires}${path} ${secret}`).digest('base64url');
  return `http://${host}${path}?signature=${signature}&expires=${expires}`;
}
