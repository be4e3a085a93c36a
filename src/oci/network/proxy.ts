/** The choice of a proxy for an address, by the editor's settings, or else by the environment. */
import { ModelError } from '../../base/error.ts';
import { type Localized, t } from '../../base/l10n.ts';
import { parseUrl } from '../../base/url.ts';
import { type NoProxy, parseNoProxy } from './noProxy.ts';

/** The settings that decide about proxies. */
export interface ProxySettings {
  /** VS Code's `http.proxy`, or undefined if it is empty. */
  readonly proxy?: string | undefined;
  /** VS Code's `http.noProxy`. Takes precedence over `no_proxy` if it has rules. */
  readonly noProxy?: readonly string[] | undefined;
  /** VS Code's `http.proxyAuthorization`: the `Proxy-Authorization` that every request to a proxy gets. */
  readonly proxyAuthorization?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A proxy. */
export interface HttpProxy {
  /** `http://` or `https://`, without login. */
  readonly url: URL;
  /** The value of `Proxy-Authorization`; secret. */
  readonly authorization: string | undefined;
}

/** Returns the proxy of an address, or undefined if it is reached directly. */
export type ProxyChoice = (url: URL) => HttpProxy | undefined;

/** Returns the lower-case variable if it is set, even to an empty text, or else the upper-case one. */
function variable(env: ProxySettings['env'], name: string): string | undefined {
  return (env[name] ?? env[name.toUpperCase()])?.trim();
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A literal percent sign.
    return text;
  }
}

/** @throws ModelError `offline` if `text` is not a usable proxy. Its message does not contain the login. */
function parseProxy(text: string, from: Localized, authorization: string | undefined): HttpProxy {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = parseUrl(withScheme);
  if (url === undefined || url.hostname === '') {
    const message = t('The proxy in {0} is not a valid address. Write it as http://host:port.', from);
    throw new ModelError('offline', message);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new UnusableProxyError(from, url.protocol.replace(':', ''));
  }
  const { username, password } = url;
  const login = Buffer.from(`${decode(username)}:${decode(password)}`).toString('base64');
  const own = username === '' ? undefined : `Basic ${login}`;
  return { url: new URL(url.origin), authorization: authorization ?? own };
}

/** The error of a proxy that does not speak HTTP, such as SOCKS. The editor's networking may support it. */
export class UnusableProxyError extends ModelError {
  constructor(from: Localized, scheme: string) {
    const message = t(
      'The proxy in {0} uses {1}, which is not supported. Set http.proxy to an http or https proxy.',
      from,
      scheme,
    );
    super('offline', message);
  }
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

function byEnvironment({ env, proxyAuthorization }: ProxySettings): ProxyChoice {
  const http = variable(env, 'http_proxy');
  const all = variable(env, 'all_proxy');
  const chosen: Readonly<Record<string, readonly [string | undefined, string]>> = {
    'http:': [http ?? all, http === undefined ? 'all_proxy' : 'http_proxy'],
    // Many machines set only http_proxy and mean both.
    'https:': [
      variable(env, 'https_proxy') ?? http ?? all,
      variable(env, 'https_proxy') === undefined ? 'http_proxy or all_proxy' : 'https_proxy',
    ],
  };
  return ({ protocol }) => {
    const [text = '', name = ''] = chosen[protocol] ?? [];
    return text === ''
      ? undefined
      : parseProxy(text, t('the environment variable {0}', name), proxyAuthorization);
  };
}

/** Returns the rules of the setting if there are any, or else those of the environment. */
function exceptions({ noProxy, env }: ProxySettings): NoProxy {
  const fromSettings = noProxy !== undefined && noProxy.length > 0;
  return parseNoProxy(fromSettings ? noProxy : (variable(env, 'no_proxy') ?? ''));
}

/**
 * Returns a function that chooses the proxy of each address. The setting takes precedence over the environment, and
 * exceptions apply to both. The function throws ModelError `offline` if the proxy is unusable.
 */
export function chooseProxy(settings: ProxySettings): ProxyChoice {
  const { proxy, proxyAuthorization } = settings;
  const isException = exceptions(settings);
  const fromEnvironment = byEnvironment(settings);
  return (url) => {
    const port = url.port === '' ? (DEFAULT_PORTS[url.protocol] ?? 0) : Number(url.port);
    if (isException(url.hostname, port)) return undefined;
    if (proxy === undefined || proxy.trim() === '') return fromEnvironment(url);
    return parseProxy(proxy.trim(), t('the setting http.proxy'), proxyAuthorization);
  };
}
