/**
 * Certificates for single registries: `certs.d/<host:port>/` of Docker and podman (containers-certs.d(5)):
 *   *.crt          an authority to trust beside the system's
 *   *.cert, *.key  a client's certificate and its key, with the same name before the dot
 */
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ModelError, systemErrorCode } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { NoFileError, readUnblocked } from '../../base/unblockedFile.ts';
import { certificatesIn } from './authorities.ts';

/** A client's certificate with its key, PEM. */
export interface ClientCertificate {
  readonly cert: string;
  /** Secret. */
  readonly key: string;
}

/** The certificates of a registry in `certs.d`. */
export interface HostCertificates {
  /** PEM. */
  readonly authorities: readonly string[];
  readonly clients: readonly ClientCertificate[];
}

/** Bytes of one file. */
const MAX_FILE = 1024 * 1024;
/** Files of one folder that are examined. */
const MAX_FILES = 200;

/** Returns the usual `certs.d` folders, the user's before the system's. */
export function defaultCertsDirs(home: string = homedir(), platform = process.platform): string[] {
  const own = ['.config/containers/certs.d', '.config/docker/certs.d', '.docker/certs.d'].map((folder) =>
    join(home, folder),
  );
  if (platform === 'win32') return [...own, 'C:\\ProgramData\\docker\\certs.d'];
  return [...own, '/etc/containers/certs.d', '/etc/docker/certs.d', '/etc/containerd/certs.d'];
}

/**
 * Returns the names that a host's folder may have: Docker's, containerd's, and Docker's on Windows; for port 443 also
 * without it.
 */
function folderNames(host: string, port: number): string[] {
  const names = [`${host}:${port}`, `${host}_${port}_`];
  if (process.platform === 'win32') names.push(`${host}${port}`);
  return port === 443 ? [...names, host] : names;
}

async function listFiles(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort().slice(0, MAX_FILES);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return [];
    throw unreadable(folder, error);
  }
}

async function readPem(path: string): Promise<string> {
  try {
    const bytes = await readUnblocked(path, MAX_FILE);
    if (bytes === undefined) throw new Error('too large');
    return bytes.toString('latin1');
  } catch (error) {
    throw unreadable(path, error);
  }
}

function reasonOf(cause: unknown): string {
  if (cause instanceof NoFileError) return t('it is not a file');
  return systemErrorCode(cause) ?? t('unknown error');
}

function unreadable(path: string, cause: unknown): ModelError {
  const message = t(
    'The certificates in {0} cannot be read ({1}). Check the files and their permissions.',
    path,
    reasonOf(cause),
  );
  return new ModelError('tls', message, { cause });
}

async function readFolder(folder: string): Promise<HostCertificates> {
  const files = await listFiles(folder);
  const authorities: string[] = [];
  const clients: ClientCertificate[] = [];
  for (const file of files) {
    if (file.endsWith('.crt')) authorities.push(...certificatesIn(await readPem(join(folder, file))));
    if (!file.endsWith('.cert')) continue;
    const key = file.replace(/\.cert$/, '.key');
    if (!files.includes(key)) {
      const message = t(
        '{0} has no {1} beside it. Put the key there, or rename an authority’s certificate to *.crt.',
        join(folder, file),
        key,
      );
      throw new ModelError('tls', message);
    }
    clients.push({ cert: await readPem(join(folder, file)), key: await readPem(join(folder, key)) });
  }
  return { authorities, clients };
}

/**
 * Reads the certificates of a host from the first folder that has some. Returns undefined if none has.
 * @param host without brackets around an IPv6 address.
 * @throws ModelError `tls` if there are unusable ones.
 */
export async function readHostCertificates(
  dirs: readonly string[],
  host: string,
  port: number,
): Promise<HostCertificates | undefined> {
  for (const dir of dirs) {
    for (const name of folderNames(host, port)) {
      const found = await readFolder(join(dir, name));
      if (found.authorities.length > 0 || found.clients.length > 0) return found;
    }
  }
  return undefined;
}
