/** Certificate authorities: Node's own, the system's, and those of files. */
import * as tls from 'node:tls';
import { ModelError, systemErrorCode } from '../../base/error.ts';
import { asLocalized, t } from '../../base/l10n.ts';
import { type Log, silentLog } from '../../base/log.ts';
import { NoFileError, readUnblocked } from '../../base/unblockedFile.ts';

/** Bytes. The largest system bundles are smaller than one megabyte. */
const MAX_FILE = 8 * 1024 * 1024;

/** The bundles of Linux and BSD systems, as in Go's crypto/x509 (root_linux.go, root_bsd.go). */
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** The authorities to trust in addition to Node's. */
export interface AuthoritySettings {
  /** VS Code's `http.systemCertificates`. */
  readonly systemCertificates: boolean;
  /** A PEM file with more authorities, or undefined. */
  readonly extraCaFile?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log?: Log | undefined;
  /** Returns Node's own lists, as tls.getCACertificates does; empty if it has none. */
  readonly fromNode?: ((type: 'system' | 'default') => readonly string[]) | undefined;
}

/** Returns the certificates in a PEM text, and ignores everything else. */
export function certificatesIn(pem: string): string[] {
  return pem.match(CERTIFICATE) ?? [];
}

async function readCertificates(path: string): Promise<string[]> {
  const bytes = await readUnblocked(path, MAX_FILE);
  return bytes === undefined ? [] : certificatesIn(bytes.toString('latin1'));
}

/** Asks Node, which knows the system's authorities since 22.15; an editor's own build of it may not. */
function fromThisNode(type: 'system' | 'default'): readonly string[] {
  try {
    return typeof tls.getCACertificates === 'function' ? tls.getCACertificates(type) : [];
  } catch {
    // The caller then tries the usual bundles.
    return [];
  }
}

/** Reads the bundle that `SSL_CERT_FILE` names, or else the first of the usual ones. */
async function fromBundle(env: AuthoritySettings['env']): Promise<string[]> {
  const chosen = env['SSL_CERT_FILE'];
  for (const path of chosen ? [chosen] : BUNDLES) {
    const found = await readCertificates(path).catch(() => []);
    if (found.length > 0) return found;
  }
  return [];
}

/**
 * Loads the authorities to trust. Returns undefined if Node's own are enough.
 * @throws ModelError `tls` if the extra file cannot be read or contains no certificate.
 */
export async function loadAuthorities(settings: AuthoritySettings): Promise<string[] | undefined> {
  const { systemCertificates, extraCaFile, env, log = silentLog, fromNode = fromThisNode } = settings;
  if (!systemCertificates && extraCaFile === undefined) return undefined;
  const own = systemCertificates ? fromNode('system') : [];
  const system = systemCertificates && own.length === 0 ? await fromBundle(env) : own;
  const extra = extraCaFile === undefined ? [] : await readExtra(extraCaFile);
  log.debug(`${system.length} authorities of the system and ${extra.length} of the extra file are trusted.`);
  return [...new Set([...baseAuthorities(fromNode), ...system, ...extra])];
}

/** Returns the authorities that Node trusts by itself, including `NODE_EXTRA_CA_CERTS`. */
export function baseAuthorities(fromNode = fromThisNode): readonly string[] {
  const trusted = fromNode('default');
  return trusted.length > 0 ? trusted : tls.rootCertificates;
}

async function readExtra(path: string): Promise<string[]> {
  let reason = t('it contains no certificate');
  try {
    const found = await readCertificates(path);
    if (found.length > 0) return found;
  } catch (error) {
    const code = systemErrorCode(error);
    // A code such as EACCES is no word.
    reason = code === undefined ? t('it is not readable') : asLocalized(code);
    if (error instanceof NoFileError) reason = t('it is not a file');
  }
  const message = t(
    'The certificates in {0} cannot be used: {1}. Check the setting ociModels.extraCaFile; the file must be PEM.',
    path,
    reason,
  );
  throw new ModelError('tls', message);
}
