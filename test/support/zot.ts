/** Runs zot, an OCI registry with the referrers API, on a free port of this machine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../scripts/support/process.ts';

/** Milliseconds. */
const START_TIMEOUT_MS = 60_000;

/** A registry that runs. */
export interface Zot {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  close(): Promise<void>;
}

/** @param path of the program. */
export async function startZot(path: string): Promise<Zot> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-zot-'));
  const port = await freePort();
  const config = {
    storage: { rootDirectory: join(folder, 'data'), gc: false },
    http: { address: '127.0.0.1', port: String(port) },
    log: { level: 'error' },
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  const child = spawn(path, ['serve', join(folder, 'config.json')], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const killWithTest = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithTest);
  const close = async (): Promise<void> => {
    process.off('exit', killWithTest);
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  const host = `127.0.0.1:${port}`;
  for (const end = Date.now() + START_TIMEOUT_MS; ; await delay(50)) {
    const answer = await fetch(`http://${host}/v2/`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok === true) return { host, close };
    if (Date.now() < end && child.exitCode === null) continue;
    await close();
    throw new Error(`zot did not start:\n${said.slice(-2000)}`);
  }
}
