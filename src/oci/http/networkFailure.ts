/** Broken exchanges as ModelErrors: the failure on the way to a host, and the advice for it. */
import { cancelledError, ModelError, systemErrorCode } from '../../base/error.ts';
import { isObject } from '../../base/json.ts';
import { asLocalized, type Localized, t } from '../../base/l10n.ts';
import { isTooManyFiles, tooManyFiles } from '../../base/openFiles.ts';

/** A sentence that says what happened to a host. @param code of the error. */
type Happened = (host: string, code: string) => Localized;
/** The failure, and the advice as a sentence of its own: behind a proxy it is another one. */
type Failure = readonly [happened: Happened, advice: () => Localized];

const contactOperator = (): Localized => t('Contact the server’s operator.');
const checkClock = (): Localized => t('Check this machine’s clock.');
const checkNetwork = (): Localized => t('Check the network, the address and the proxy settings.');
const mayBeOffline = (): Localized => t('Are you offline or behind a proxy?');

const UNKNOWN_AUTHORITY: Failure = [
  (host, code) =>
    t('{0} is not trusted: this machine does not know the authority of its certificate ({1}).', host, code),
  () =>
    t(
      'Set ociModels.extraCaFile to the authority’s certificate, or check whether a proxy answers in its place.',
    ),
];
const NO_TLS: Failure = [
  (host, code) => t('{0} is not trusted: it does not speak TLS ({1}).', host, code),
  () => t('Check the address, or add a registry without TLS to ociModels.insecureRegistries.'),
];

const TLS_FAILURES: Readonly<Record<string, Failure>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  CERT_UNTRUSTED: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: [
    (host, code) => t('{0} is not trusted: its certificate has expired ({1}).', host, code),
    () => t('Check this machine’s clock, or contact the server’s operator.'),
  ],
  CERT_NOT_YET_VALID: [
    (host, code) => t('{0} is not trusted: its certificate is not valid yet ({1}).', host, code),
    checkClock,
  ],
  CERT_REVOKED: [
    (host, code) => t('{0} is not trusted: its certificate was revoked ({1}).', host, code),
    contactOperator,
  ],
  CERT_SIGNATURE_FAILURE: [
    (host, code) => t('{0} is not trusted: its certificate is damaged ({1}).', host, code),
    contactOperator,
  ],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    (host, code) => t('{0} is not trusted: its certificate is for another name ({1}).', host, code),
    () => t('Check the address, and whether a proxy or a network’s sign-in page answers in its place.'),
  ],
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
  ERR_SSL_RECORD_LAYER_FAILURE: NO_TLS,
};
const OTHER_TLS: Failure = [
  (host, code) => t('{0} is not trusted: the secure connection failed ({1}).', host, code),
  () => t('Check its certificate, this machine’s clock and the proxy settings.'),
];

function tlsFailure(code: string): Failure | undefined {
  const known = TLS_FAILURES[code === 'HOSTNAME_MISMATCH' ? 'ERR_TLS_CERT_ALTNAME_INVALID' : code];
  if (known !== undefined) return known;
  return code === 'EPROTO' || code.startsWith('ERR_TLS_') || code.startsWith('ERR_SSL_')
    ? OTHER_TLS
    : undefined;
}

const LATE: Failure = [(host) => t('{0} did not answer in time.', host), checkNetwork];
const CLOSED: Failure = [(host) => t('{0} closed the connection.', host), checkNetwork];

const NETWORK_FAILURES: Readonly<Record<string, Failure>> = {
  ECONNREFUSED: [(host) => t('Nothing answers at {0}.', host), checkNetwork],
  ENOTFOUND: [(host) => t('Cannot find {0} (DNS).', host), mayBeOffline],
  EAI_AGAIN: [(host) => t('Cannot look up {0} right now (DNS).', host), mayBeOffline],
  EHOSTUNREACH: [(host) => t('There is no route to {0}.', host), checkNetwork],
  ENETUNREACH: [(host) => t('There is no network that leads to {0}.', host), checkNetwork],
  ETIMEDOUT: LATE,
  UND_ERR_CONNECT_TIMEOUT: LATE,
  UND_ERR_HEADERS_TIMEOUT: LATE,
  UND_ERR_BODY_TIMEOUT: [(host) => t('{0} stopped sending.', host), checkNetwork],
  ECONNRESET: CLOSED,
  EPIPE: CLOSED,
  UND_ERR_SOCKET: CLOSED,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: [
    (host) => t('{0} closed the connection too early.', host),
    checkNetwork,
  ],
};
const NOT_HTTP: Failure = [
  (host) => t('{0} does not speak HTTP.', host),
  () => t('Check the address and the port, and whether it needs TLS.'),
];
const LONG_HEADERS: Failure = [(host) => t('{0} sent headers that are too long.', host), contactOperator];
const UNKNOWN: Failure = [
  (host, code) =>
    code === ''
      ? t('The connection to {0} failed.', host)
      : t('The connection to {0} failed ({1}).', host, code),
  checkNetwork,
];

/** Returns a failure of a server that speaks something else, which would be the same again. */
function finalFailure(code: string, error: unknown): Failure | undefined {
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'HPE_HEADER_OVERFLOW') return LONG_HEADERS;
  // undici's errors about other protocols have a code only if its parser has one.
  const isParsers = error instanceof Error && error.name === 'HTTPParserError';
  return isParsers || code.startsWith('HPE_') ? NOT_HTTP : undefined;
}

/** Codes of addresses of a kind that this machine does not use. They say nothing about the server. */
const WITHOUT_WAY: ReadonlySet<string> = new Set([
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
]);

/**
 * Returns the code of the innermost error that has one. An AggregateError holds one error for each address that was
 * tried; a code that says something about the server is preferred.
 */
function networkCode(error: unknown): string | undefined {
  if (error instanceof AggregateError) {
    const codes = error.errors.map(networkCode).filter((code) => code !== undefined);
    const inner = codes.find((code) => !WITHOUT_WAY.has(code)) ?? codes[0];
    if (inner !== undefined) return inner;
  }
  const code = systemErrorCode(error);
  if (error instanceof Error && error.cause !== undefined) return networkCode(error.cause) ?? code;
  return code;
}

/**
 * Returns the error of a broken exchange: `cancelled`, `tls`, `store-error` if this process cannot open anything
 * more, or `offline`, which is retryable unless the host speaks something else than HTTP.
 * @param host the host of the exchange, without path and query.
 * @param advise replaces the usual advice.
 */
export function networkError(
  error: unknown,
  host: string,
  signal: AbortSignal | undefined,
  advise?: () => Localized,
): ModelError {
  if (signal?.aborted) return cancelledError(error);
  if (error instanceof ModelError) return error;
  if (isTooManyFiles(error)) {
    const message = t('{0} could not be asked: {1}.', host, tooManyFiles());
    return new ModelError('store-error', message, { cause: error, registry: host, retryable: true });
  }
  const code = networkCode(error) ?? '';
  const details = { cause: error, registry: host };
  const tls = tlsFailure(code);
  const final = finalFailure(code, error);
  const [happened, advice] = tls ?? final ?? NETWORK_FAILURES[code] ?? UNKNOWN;
  // Both are whole sentences.
  const message = asLocalized(`${happened(host, code)} ${(advise ?? advice)()}`);
  if (tls !== undefined) return new ModelError('tls', message, details);
  return new ModelError('offline', message, { ...details, retryable: final === undefined });
}

/**
 * Tells if a server closed a connection that it had kept after an earlier answer, instead of answering on it. Servers do
 * so after a time that they do not tell, and the request may be on its way then (RFC 9112, 9.5).
 * @param error of an exchange whose answer did not begin.
 */
export function wasKeptConnection(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const socket: unknown = 'socket' in error ? error.socket : undefined;
  const isClosed = 'code' in error && error.code === 'UND_ERR_SOCKET';
  if (isClosed && isObject(socket)) return Number(socket['bytesRead']) > 0;
  return wasKeptConnection(error.cause);
}
