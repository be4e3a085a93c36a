/**
 * Connections through an HTTP proxy: https through a tunnel (`CONNECT`, RFC 9110, 9.3.6), plain http by requesting
 * the whole address from the proxy (RFC 9112, 3.2.2), since most proxies open tunnels to port 443 only. undici's own
 * ProxyAgent does not say why a proxy refuses, which decides here whether another way is tried.
 */
import type { buildConnector, Dispatcher } from 'undici';
import { ModelError } from '../../base/error.ts';
import { asLocalized, t } from '../../base/l10n.ts';
import { parseChallenges } from '../auth/challenge.ts';
import { headerLines } from '../http/http.ts';
import { networkError } from '../http/networkFailure.ts';
import type { Undici } from '../http/undici.ts';
import type { HttpProxy } from './proxy.ts';

/** The error of a proxy that requires a sign-in. */
export class ProxyAuthError extends ModelError {
  /** Ways to sign in that the proxy offers, such as `negotiate`. */
  readonly schemes: readonly string[];

  constructor(proxy: string, schemes: readonly string[], hadLogin: boolean) {
    const offers = schemes.length === 0 ? '' : ` (${schemes.join(', ')})`;
    super(
      'offline',
      hadLogin
        ? t('The proxy {0} requires a sign-in{1}. Check the login in http.proxy.', proxy, offers)
        : t(
            'The proxy {0} requires a sign-in{1}. Add the login to http.proxy, as http://user:password@host:port.',
            proxy,
            offers,
          ),
    );
    this.schemes = schemes;
  }
}

/** Returns the error of a proxy that did not open a tunnel. */
function refusal(proxy: HttpProxy, target: string, status: number): ModelError {
  const { host } = proxy.url;
  const retryable = status >= 500;
  const message = t(
    'The proxy {0} does not connect to {1} (it answered {2}). Check http.proxy and http.noProxy, or contact the proxy’s operator.',
    host,
    target,
    status,
  );
  return new ModelError('offline', message, { status, retryable });
}

/** Returns the error of a proxy that cannot be reached. */
export function proxyAwayError({ url }: HttpProxy, cause: unknown): ModelError {
  const { message, code } = networkError(cause, url.host, undefined, () =>
    t('It is your proxy: check http.proxy and the proxy variables of the environment.'),
  );
  // It went through t() there.
  return new ModelError(code, asLocalized(message), { cause, retryable: code === 'offline' });
}

/** Returns the error of a 407. @param headers of the answer. */
export function proxyAuthError(
  { url, authorization }: HttpProxy,
  headers: Readonly<Record<string, string | string[] | undefined>>,
): ProxyAuthError {
  const challenges = parseChallenges(headerLines(headers, 'proxy-authenticate'));
  const schemes = [...new Set(challenges.map(({ scheme }) => scheme))];
  return new ProxyAuthError(url.host, schemes, authorization !== undefined);
}

/** Returns the headers that are for the proxy itself. */
function proxyHeaders({ authorization }: HttpProxy): Record<string, string> {
  return authorization === undefined ? {} : { 'proxy-authorization': authorization };
}

/**
 * Makes a connector that uses `CONNECT`, for undici's `connect` option.
 * @param toProxy connections to the proxy.
 * @param secure makes TLS to the server inside the tunnel.
 */
export function tunnelConnector(
  undici: Pick<Undici, 'connect'>,
  proxy: HttpProxy,
  toProxy: Dispatcher,
  secure: buildConnector.connector,
): buildConnector.connector {
  return (options, callback) => {
    const { hostname, port } = options;
    const target = `${hostname}:${port || 443}`;
    const open = async (): Promise<void> => {
      const { socket, statusCode, headers } = await undici
        .connect(toProxy, {
          origin: proxy.url,
          path: target,
          headers: { host: target, ...proxyHeaders(proxy) },
        })
        .catch((error: unknown) => {
          throw proxyAwayError(proxy, error);
        });
      if (statusCode >= 200 && statusCode < 300) {
        secure({ ...options, httpSocket: socket as never }, callback);
        return;
      }
      socket.on('error', () => {}).destroy();
      throw statusCode === 407 ? proxyAuthError(proxy, headers) : refusal(proxy, target, statusCode);
    };
    open().catch((error: unknown) =>
      callback(error instanceof Error ? error : new Error(String(error)), null),
    );
  };
}

/** Makes a dispatcher that requests plain http addresses from the proxy itself. */
export function forwardDispatcher(proxy: HttpProxy, toProxy: Dispatcher): Dispatcher {
  return toProxy.compose((dispatch) => (options, handler) => {
    const { host, origin } = new URL(String(options.origin));
    const headers = { host, ...(options.headers as Record<string, string>), ...proxyHeaders(proxy) };
    return dispatch({ ...options, origin: proxy.url, path: `${origin}${options.path}`, headers }, handler);
  });
}
