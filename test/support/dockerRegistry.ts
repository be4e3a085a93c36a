/** Runs `docker-registry` (distribution 2.8, a Debian package) on a free port of this machine. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Certificate } from './certificates.ts';
import type { TokenServer } from './tokenServer.ts';

/** A login that {@link HTPASSWD} knows. */
export const LOGIN = { username: 'tester', password: 's3cret:with colon' };

/** One line of an htpasswd file: bcrypt, cost 5, as docker-registry takes it. */
export const HTPASSWD = `${LOGIN.username}:$2a$05$abcdefghijklmnopqrstuuOb/B27OpVc3Bt3QXIepIr2DUn/DCZNi\n`;

/** Milliseconds. */
const START_TIMEOUT_MS = 60_000;

/** How a registry is to run. */
export interface DockerRegistryOptions {
  /** The content of an htpasswd file, such as {@link HTPASSWD}; open to all where absent. */
  readonly htpasswd?: string;
  /** Only tokens of this server are taken. */
  readonly token?: TokenServer;
  /** It speaks TLS with this certificate. */
  readonly tls?: Certificate;
}

/** A registry that runs. */
export interface DockerRegistry {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** Where the content is: blobs are in `docker/registry/v2/blobs/sha256/<2 digits>/<hex>/data`. */
  readonly dataFolder: string;
  /** Everything that it printed so far. */
  output(): string;
  /** Ends the process and removes its folder. */
  close(): Promise<void>;
}

/** Whether `docker-registry` is installed; tests against it are skipped elsewhere. */
export function hasDockerRegistry(): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter).concat('/usr/bin', '/usr/local/bin');
  return folders.some((folder) => existsSync(join(folder, 'docker-registry')));
}

function authOf(folder: string, { htpasswd, token }: DockerRegistryOptions): string {
  if (htpasswd !== undefined) {
    return `auth:\n  htpasswd:\n    realm: test registry\n    path: ${join(folder, 'htpasswd')}\n`;
  }
  if (token === undefined) return '';
  const { realm, service, issuer } = token;
  const bundle = join(folder, 'signer.pem');
  return `auth:\n  token:\n    realm: ${realm}\n    service: ${service}\n    issuer: ${issuer}\n    rootcertbundle: ${bundle}\n`;
}

function configuration(folder: string, options: DockerRegistryOptions): string {
  const { tls } = options;
  const certificate =
    tls === undefined
      ? ''
      : `  tls:\n    certificate: ${join(folder, 'tls.pem')}\n    key: ${join(folder, 'tls.key')}\n`;
  return `version: 0.1
log:
  level: info
  accesslog:
    disabled: true
storage:
  filesystem:
    rootdirectory: ${join(folder, 'data')}
  delete:
    enabled: true
http:
  addr: 127.0.0.1:0
${certificate}${authOf(folder, options)}`;
}

/** Writes what the configuration names. */
async function writeFiles(folder: string, options: DockerRegistryOptions): Promise<string> {
  const { htpasswd, token, tls } = options;
  await mkdir(join(folder, 'data'));
  if (htpasswd !== undefined) await writeFile(join(folder, 'htpasswd'), htpasswd);
  if (token !== undefined) await writeFile(join(folder, 'signer.pem'), token.certificate.cert);
  if (tls !== undefined) {
    await writeFile(join(folder, 'tls.pem'), tls.cert);
    await writeFile(join(folder, 'tls.key'), tls.key, { mode: 0o600 });
  }
  const config = join(folder, 'config.yml');
  await writeFile(config, configuration(folder, options));
  return config;
}

/** The address in `msg="listening on 127.0.0.1:40123"`, which docker-registry writes when it is ready. */
function listening(child: ChildProcess, said: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string): void =>
      reject(new Error(`docker-registry ${reason}:\n${said.slice(-20).join('\n')}`));
    const timer = setTimeout(() => fail('did not start in time'), START_TIMEOUT_MS);
    child.once('error', (error) => fail(`cannot be run (${error.message})`));
    child.once('exit', (code) => fail(`ended with ${code}`));
    for (const output of [child.stdout, child.stderr]) {
      if (output === null) continue;
      createInterface({ input: output }).on('line', (line) => {
        said.push(line);
        const address = /listening on (127\.0\.0\.1:\d+)(?:, tls)?/.exec(line)?.[1];
        if (address === undefined) return;
        clearTimeout(timer);
        resolve(address);
      });
    }
  });
}

/** Starts a registry that keeps its content in a temporary folder and allows deletion. */
export async function startDockerRegistry(options: DockerRegistryOptions = {}): Promise<DockerRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'oci-models-registry-'));
  const config = await writeFiles(folder, options);
  const said: string[] = [];
  const child = spawn('docker-registry', ['serve', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH: `${process.env['PATH']}${delimiter}/usr/bin`, OTEL_TRACES_EXPORTER: 'none' },
  });
  const killWithTest = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithTest);
  const close = async (): Promise<void> => {
    process.off('exit', killWithTest);
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await ended;
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    const host = await listening(child, said);
    return { host, dataFolder: join(folder, 'data'), output: () => said.join('\n'), close };
  } catch (error) {
    await close();
    throw error;
  }
}
