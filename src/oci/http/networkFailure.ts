/** Exchanges that broke, as ModelErrors: what happened on the way to a host, and what to do about it. */
import { cancelledError, ModelError, systemErrorCode } from '../../base/error.ts';
import { isTooManyFiles, tooManyFiles } from '../../base/openFiles.ts';

const UNKNOWN_AUTHORITY: Failure = [
  'its certificate comes from an authority that this machine does not know',
  'Set ociModels.extraCaFile to the authority’s certificate, or check whether a proxy answers in its place.',
];
const NO_TLS: Failure = [
  'it does not speak TLS',
  'Check the address; add a registry without TLS to ociModels.insecureRegistries.',
];

/** What happened, and what to do. */
type Failure = readonly [reason: string, advice: string];

const TLS_FAILURES: Readonly<Record<string, Failure>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
  CERT_UNTRUSTED: UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: [
    'its certificate has expired',
    'Check the clock of this machine, or contact the server’s operator.',
  ],
  CERT_NOT_YET_VALID: ['its certificate is not valid yet', 'Check the clock of this machine.'],
  CERT_REVOKED: ['its certificate was revoked', 'Contact the server’s operator.'],
  CERT_SIGNATURE_FAILURE: ['its certificate is damaged', 'Contact the server’s operator.'],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'its certificate is for another name',
    'Check the address, and whether a proxy or the sign-in page of a network answers in its place.',
  ],
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
  ERR_SSL_RECORD_LAYER_FAILURE: NO_TLS,
};
const OTHER_TLS: Failure = [
  'no secure connection could be made',
  'Check its certificate, the clock of this machine and the proxy settings.',
];

function tlsFailure(code: string): Failure | undefined {
  const known = TLS_FAILURES[code === 'HOSTNAME_MISMATCH' ? 'ERR_TLS_CERT_ALTNAME_INVALID' : code];
  if (known !== undefined) return known;
  return code === 'EPROTO' || code.startsWith('ERR_TLS_') || code.startsWith('ERR_SSL_')
    ? OTHER_TLS
    : undefined;
}

const CHECK_NETWORK = 'Check the network, the address and the proxy settings.';

/** The last ones are of servers that speak something else, and would be the same again. */
const NETWORK_FAILURES: Readonly<Record<string, Failure>> = {
  ECONNREFUSED: ['nothing answers at that address', CHECK_NETWORK],
  ENOTFOUND: [
    'its name is not known (DNS)',
    'Check the name, and whether you are offline or behind a proxy.',
  ],
  EAI_AGAIN: ['its name cannot be looked up now (DNS)', 'You may be offline or behind a proxy.'],
  EHOSTUNREACH: ['there is no way to it', CHECK_NETWORK],
  ENETUNREACH: ['there is no network', CHECK_NETWORK],
  ETIMEDOUT: ['it did not answer in time', CHECK_NETWORK],
  UND_ERR_CONNECT_TIMEOUT: ['it did not answer in time', CHECK_NETWORK],
  UND_ERR_HEADERS_TIMEOUT: ['it did not answer in time', CHECK_NETWORK],
  UND_ERR_BODY_TIMEOUT: ['it stopped sending', CHECK_NETWORK],
  ECONNRESET: ['it closed the connection', CHECK_NETWORK],
  EPIPE: ['it closed the connection', CHECK_NETWORK],
  UND_ERR_SOCKET: ['it closed the connection', CHECK_NETWORK],
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: ['the connection ended before everything was there', CHECK_NETWORK],
};
const NOT_HTTP: Failure = [
  'its answer is not HTTP',
  'Check the address and the port, and whether it needs TLS.',
];
const LONG_HEADERS: Failure = ['the headers of its answer are too long', 'Contact the server’s operator.'];

function finalFailure(code: string, error: unknown): Failure | undefined {
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'HPE_HEADER_OVERFLOW') return LONG_HEADERS;
  // undici's errors about what is no HTTP have a code only where its parser has one.
  const isParsers = error instanceof Error && error.name === 'HTTPParserError';
  return isParsers || code.startsWith('HPE_') ? NOT_HTTP : undefined;
}

/** An address of a kind that this machine does not use, which says nothing about the server. */
const WITHOUT_WAY: ReadonlySet<string> = new Set([
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
]);

/**
 * The code of the innermost error that has one: an AggregateError holds one error for each address tried, of which
 * one that says something about the server counts most.
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
 * The error of an exchange that broke: `cancelled`, `tls`, `store-error` if this process may open nothing more, or `offline`, which is retryable unless the host speaks
 * something else than HTTP.
 * @param host the host that was talked to, without path and query.
 */
export function networkError(error: unknown, host: string, signal: AbortSignal | undefined): ModelError {
  if (signal?.aborted) return cancelledError(error);
  if (error instanceof ModelError) return error;
  if (isTooManyFiles(error)) {
    const message = `${host} was not asked: ${tooManyFiles()}.`;
    return new ModelError('store-error', message, { cause: error, registry: host, retryable: true });
  }
  const code = networkCode(error) ?? '';
  const details = { cause: error, registry: host };
  const tls = tlsFailure(code);
  if (tls !== undefined) {
    const [reason, advice] = tls;
    return new ModelError('tls', `${host} is not trusted: ${reason} (${code}). ${advice}`, details);
  }
  const final = finalFailure(code, error);
  const unknown = code === '' ? 'the connection failed' : `the connection failed (${code})`;
  const [reason, advice] = final ?? NETWORK_FAILURES[code] ?? [unknown, CHECK_NETWORK];
  const message = `${host} cannot be reached: ${reason}. ${advice}`;
  return new ModelError('offline', message, { ...details, retryable: final === undefined });
}
