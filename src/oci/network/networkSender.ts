/**
 * The sender for this machine's network: undici with proxies and certificates, and the editor's own networking where
 * only that gets through.
 */
import { isModelError, ModelError, systemErrorCode } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { type Log, silentLog } from '../../base/log.ts';
import { sendWith } from '../http/exchange.ts';
import { InnerAddressError, type LookupAll, requireWithin } from '../http/guardedLookup.ts';
import { headerLines } from '../http/http.ts';
import { type HttpSender, isReplayable, type SendRequest, type SentAnswer } from '../http/sender.ts';
import { isLoopbackHost } from '../http/servers.ts';
import { Dispatchers, type NetworkSettings, type Route } from './dispatchers.ts';
import { UnusableProxyError } from './proxy.ts';
import { ProxyAuthError, proxyAuthError, proxyAwayError } from './tunnel.ts';

/** Milliseconds in which the editor's networking is not tried again after it failed, too. */
const USELESS_MS = 60_000;
/** Servers for which that is remembered. */
const MAX_USELESS = 200;

/** Failures before a byte was sent, as of a server that can only be reached by a PAC file. */
const NOT_CONNECTED = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_NODATA',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Settings of a {@link NetworkSender}. */
export interface NetworkSenderOptions {
  /** Read at the first request, and again after {@link NetworkSender.reset}. */
  readonly settings: () => NetworkSettings;
  /** The editor's networking. Without it there is no fallback. */
  readonly editor?: HttpSender | undefined;
  /** Tells whether the editor's settings ask for its own networking, as for a Kerberos proxy. */
  readonly preferEditor?: (() => boolean) | undefined;
  /**
   * Bytes of the buffer that each connection reads into, for pouring large bodies (`AnswerBody.pour`). Defaults to
   * Node's own reading.
   */
  readonly readBytes?: number | undefined;
  /** Looks up names. Defaults to the system. */
  readonly lookup?: LookupAll | undefined;
  readonly log?: Log | undefined;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
}

function isNotConnected(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isNotConnected);
  return NOT_CONNECTED.has(systemErrorCode(error) ?? '');
}

/** Sends requests by the settings of the editor and the machine. */
export class NetworkSender implements HttpSender {
  readonly #options: NetworkSenderOptions;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #editor: HttpSender | undefined;
  /** Proxies and servers that only the editor can reach. */
  readonly #viaEditor = new Set<string>();
  /** Servers that the editor cannot reach either, and the time until which that is assumed. */
  readonly #useless = new Map<string, number>();
  #dispatchers: Dispatchers | undefined;

  constructor(options: NetworkSenderOptions) {
    this.#options = options;
    this.#log = options.log ?? silentLog;
    this.#now = options.now ?? Date.now;
    this.#editor = options.editor;
  }

  async send(request: SendRequest): Promise<SentAnswer> {
    const { url } = request;
    const undici = await import('../http/undici.ts');
    const { settings, readBytes, lookup } = this.#options;
    this.#dispatchers ??= new Dispatchers(undici, settings(), { log: this.#log, readBytes, lookup });
    const dispatchers = this.#dispatchers;
    const key = this.#keyOf(dispatchers, url);
    if (this.#editor !== undefined && this.#goesViaEditor(key, url)) {
      await this.#requireWithin(request, key);
      return this.#editor.send(request);
    }
    try {
      const route = await dispatchers.routeTo(url, request.within);
      return await this.#sendOn(route, request);
    } catch (error) {
      // A new certificate file must work without a restart of the editor.
      if (isTlsFailure(error)) dispatchers.forget(url.origin);
      return this.#fallBack(request, key, error);
    }
  }

  /** Applies new settings. Running requests continue, and new ones get new connections. */
  reset(): void {
    const before = this.#dispatchers;
    this.#dispatchers = undefined;
    this.#viaEditor.clear();
    this.#useless.clear();
    void before?.close();
  }

  async close(): Promise<void> {
    const before = this.#dispatchers;
    this.#dispatchers = undefined;
    await before?.destroy();
  }

  /** Checks the address of a request, since the editor may connect directly unless it must use the proxy. */
  async #requireWithin({ url, within }: SendRequest, key: string): Promise<void> {
    if (within !== undefined && key === url.origin) await requireWithin(url, within, this.#options.lookup);
  }

  /** Returns the key of the way to a server: its proxy, or the server itself. */
  #keyOf(dispatchers: Dispatchers, url: URL): string {
    try {
      const proxy = dispatchers.proxyOf(url);
      return proxy === undefined ? url.origin : `the proxy ${proxy.url.host}`;
    } catch (error) {
      if (error instanceof UnusableProxyError) return 'the proxy';
      throw error;
    }
  }

  #goesViaEditor(key: string, url: URL): boolean {
    if (this.#viaEditor.has(key)) return true;
    if (isLoopbackHost(url.host) || key === url.origin || this.#options.preferEditor?.() !== true)
      return false;
    this.#tell(key, 'the settings of VS Code say so');
    return true;
  }

  async #sendOn(route: Route, request: SendRequest): Promise<SentAnswer> {
    const answer = await sendWith(route.dispatcher, request).catch((error: unknown) => {
      throw route.proxy !== undefined && isNotConnected(error) ? proxyAwayError(route.proxy, error) : error;
    });
    if (answer.status !== 407 || route.proxy === undefined) return { ...answer, zone: route.zone() };
    answer.body.destroy();
    throw proxyAuthError(route.proxy, {
      'proxy-authenticate': [...headerLines(answer.headers, 'proxy-authenticate')],
    });
  }

  /** Tries the editor's networking if that may help. @throws `error` if it does not. */
  async #fallBack(request: SendRequest, key: string, error: unknown): Promise<SentAnswer> {
    const { url, signal, body } = request;
    const isProxys = error instanceof ProxyAuthError || error instanceof UnusableProxyError;
    const mayHelp = isProxys || (key === url.origin && isNotConnected(error));
    const isUseless = (this.#useless.get(key) ?? 0) > this.#now();
    if (this.#editor === undefined || !mayHelp || isUseless) throw error;
    if (signal?.aborted || isLoopbackHost(url.host) || !isReplayable(body)) throw error;
    try {
      await this.#requireWithin(request, key);
      const answer = await this.#editor.send(request);
      if (answer.status === 407) {
        answer.body.destroy();
        throw new ModelError('offline', t('The proxy requires a sign-in from VS Code, too.'));
      }
      this.#tell(key, isModelError(error) ? error.message : 'it cannot be reached directly');
      return answer;
    } catch (second) {
      if (signal?.aborted || second instanceof InnerAddressError) throw second;
      this.#log.debug(`VS Code’s own networking does not reach ${url.host} either.`);
      if (this.#useless.size >= MAX_USELESS) this.#useless.clear();
      this.#useless.set(key, this.#now() + USELESS_MS);
      throw error;
    }
  }

  #tell(key: string, reason: string): void {
    this.#viaEditor.add(key);
    const what = key.startsWith('the proxy') ? `Everything behind ${key}` : key;
    this.#log.info(`${what} is reached through VS Code’s own networking from now on: ${reason}`);
  }
}

function isTlsFailure(error: unknown): boolean {
  if (isModelError(error, 'tls')) return true;
  const code = systemErrorCode(error) ?? '';
  return /CERT|SIGNATURE|SELF_SIGNED|ISSUER|^ERR_(?:TLS|SSL)|EPROTO/.test(code);
}
