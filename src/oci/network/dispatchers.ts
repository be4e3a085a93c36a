/** One undici dispatcher for each server: its proxy, its certificates, its connections. */
import { createSecureContext, type SecureContext } from 'node:tls';
import type { buildConnector, Dispatcher } from 'undici';
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { type Log, silentLog } from '../../base/log.ts';
import { guardedLookup, type LookupAll } from '../http/guardedLookup.ts';
import { CONNECT_TIMEOUT_MS, KEEP_ALIVE_MS } from '../http/sender.ts';
import type { Undici } from '../http/undici.ts';
import { ConnectedZones, EVERY_ADDRESS, watchedConnector } from '../http/watchedConnector.ts';
import type { Zone } from '../http/zone.ts';
import { baseAuthorities, loadAuthorities } from './authorities.ts';
import { defaultCertsDirs, readHostCertificates } from './certsDir.ts';
import { largeReadConnector } from './largeReads.ts';
import { chooseProxy, type HttpProxy, type ProxyChoice } from './proxy.ts';
import { forwardDispatcher, tunnelConnector } from './tunnel.ts';

/** Connections to one server at the same time: parts of blobs, and small requests beside them. */
const CONNECTIONS = 32;
/** Servers whose dispatchers are cached. A registry, its token server and its CDN are three. */
const MAX_KEPT = 64;

/** Settings for connections to servers. */
export interface NetworkSettings {
  /** VS Code's `http.proxy`. */
  readonly proxy?: string | undefined;
  /** VS Code's `http.noProxy`. */
  readonly noProxy?: readonly string[] | undefined;
  /** VS Code's `http.proxyAuthorization`; secret. */
  readonly proxyAuthorization?: string | undefined;
  /**
   * VS Code's `http.proxyStrictSSL`. Defaults to true. False accepts any certificate of the proxy, and any that a
   * TLS-inspecting proxy presents for servers behind it. Servers that are reached directly are always verified.
   */
  readonly strictSSL?: boolean | undefined;
  /** VS Code's `http.systemCertificates`. Defaults to true. */
  readonly systemCertificates?: boolean | undefined;
  /** A PEM file with more authorities. */
  readonly extraCaFile?: string | undefined;
  /** `certs.d` folders. Default to the usual ones. */
  readonly certsDirs?: readonly string[] | undefined;
  /** Environment variables. Default to this process's. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** The way to a server. */
export interface Route {
  readonly dispatcher: Dispatcher;
  readonly proxy: HttpProxy | undefined;
  /** Returns the outermost zone of its connected addresses; undefined behind a proxy. */
  readonly zone: () => Zone | undefined;
}

interface Kept {
  readonly route: Promise<Route>;
  /** All dispatchers that were opened for it. */
  readonly opened: Dispatcher[];
}

type Connector = buildConnector.connector;

interface TlsOptions {
  readonly secureContext?: SecureContext;
  readonly rejectUnauthorized?: boolean;
}

/** Parts of {@link Dispatchers}. */
export interface DispatchersOptions {
  readonly log?: Log | undefined;
  /** Bytes of the buffer that each connection reads into. Defaults to Node's own reading. */
  readonly readBytes?: number | undefined;
  /** Looks up names. Defaults to the system. */
  readonly lookup?: LookupAll | undefined;
}

/** Makes and caches dispatchers for one set of settings. New settings need a new instance. */
export class Dispatchers {
  readonly #undici: Undici;
  readonly #settings: NetworkSettings;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #log: Log;
  readonly #proxyOf: ProxyChoice;
  readonly #readBytes: number | undefined;
  readonly #lookup: LookupAll | undefined;
  readonly #kept = new Map<string, Kept>();
  #trusted: Promise<readonly string[] | undefined> | undefined;
  #context: Promise<SecureContext | undefined> | undefined;
  #isWarned = false;

  constructor(undici: Undici, settings: NetworkSettings, options: DispatchersOptions = {}) {
    const { log = silentLog, readBytes, lookup } = options;
    this.#undici = undici;
    this.#readBytes = readBytes;
    this.#lookup = lookup;
    this.#settings = settings;
    this.#env = settings.env ?? process.env;
    this.#log = log;
    this.#proxyOf = chooseProxy({ ...settings, env: this.#env });
  }

  /** Returns the proxy of an address. @throws ModelError `offline` if it is unusable. */
  proxyOf(url: URL): HttpProxy | undefined {
    return this.#proxyOf(url);
  }

  /**
   * Returns the way to a server.
   * @param within the limit for its addresses. Connections made with another limit are not used.
   * @throws ModelError `offline` if its proxy is unusable, `tls` if its certificates cannot be read.
   */
  async routeTo(url: URL, within: Zone = 'local'): Promise<Route> {
    const key = keyOf(url.origin, within);
    const before = this.#kept.get(key);
    if (before !== undefined) {
      // The most recently used entry is the last.
      this.#kept.delete(key);
      this.#kept.set(key, before);
      return before.route;
    }
    this.#makeRoom();
    const opened: Dispatcher[] = [];
    const route = this.#open(url, within, opened);
    this.#kept.set(key, { route, opened });
    route.catch(() => this.forget(url.origin));
    return route;
  }

  /** Closes the connections to a server after their requests, so that its certificate files are read again. */
  forget(origin: string): void {
    this.#trusted = undefined;
    this.#context = undefined;
    for (const within of ZONES) {
      const key = keyOf(origin, within);
      const kept = this.#kept.get(key);
      this.#kept.delete(key);
      if (kept !== undefined) void finish(kept);
    }
  }

  /** Ends all connections after their running requests. */
  async close(): Promise<void> {
    const all = [...this.#kept.values()];
    this.#kept.clear();
    await Promise.all(all.map(finish));
  }

  /** Ends all connections now. */
  async destroy(): Promise<void> {
    const all = [...this.#kept.values()];
    this.#kept.clear();
    await Promise.all(all.flatMap(({ opened }) => opened.map((dispatcher) => dispatcher.destroy())));
  }

  #makeRoom(): void {
    const [oldest] = this.#kept;
    if (this.#kept.size < MAX_KEPT || oldest === undefined) return;
    this.#kept.delete(oldest[0]);
    void finish(oldest[1]);
  }

  async #open(url: URL, within: Zone, opened: Dispatcher[]): Promise<Route> {
    const proxy = this.#proxyOf(url);
    if (proxy === undefined) {
      const tls = url.protocol === 'https:' ? await this.#tlsTo(url) : {};
      const zones = new ConnectedZones();
      const build = (options: buildConnector.BuildOptions): Connector => this.#connector(options);
      const connect = watchedConnector(build, tls, within, (_, socket) => zones.add(socket), this.#lookup);
      return { dispatcher: this.#agent(connect, opened), proxy, zone: () => zones.zone };
    }
    const zone = (): undefined => undefined;
    this.#log.debug(`${url.host} is reached through the proxy ${proxy.url.host}.`);
    // The setting is about proxies, and about the certificates that they present for servers behind them.
    const isLax = this.#settings.strictSSL === false;
    const lax = isLax ? { rejectUnauthorized: false } : {};
    if (isLax) this.#warnOfLaxity(proxy);
    const proxyTls = proxy.url.protocol === 'https:' ? await this.#tlsTo(proxy.url) : {};
    const lookup = guardedLookup('local', this.#lookup);
    const connect = this.#connector({ ...EVERY_ADDRESS, ...proxyTls, ...lax, lookup });
    const toProxy = this.#agent(byOwnName(connect), opened);
    if (url.protocol !== 'https:') return { dispatcher: forwardDispatcher(proxy, toProxy), proxy, zone };
    const secure = this.#connector({ ...(await this.#tlsTo(url)), ...lax });
    const connector = tunnelConnector(this.#undici, proxy, toProxy, secure);
    return { dispatcher: this.#agent(connector, opened), proxy, zone };
  }

  #connector(options: buildConnector.BuildOptions | TlsOptions): Connector {
    const { buildConnector } = this.#undici;
    return this.#readBytes === undefined
      ? buildConnector({ ...CONNECT, ...options })
      : largeReadConnector(buildConnector, { ...CONNECT, ...options }, this.#readBytes);
  }

  #warnOfLaxity({ url }: HttpProxy): void {
    if (this.#isWarned) return;
    this.#isWarned = true;
    const message = `http.proxyStrictSSL is off: the certificates of the proxy ${url.host} and of what is behind it are not verified.`;
    this.#log.warn(message);
  }

  #agent(connect: Connector, opened: Dispatcher[]): Dispatcher {
    const agent = new this.#undici.Agent({
      connect,
      connections: CONNECTIONS,
      // A single TCP connection for all parts would be slower, and one failure would break all of them.
      allowH2: false,
      headersTimeout: 2 * CONNECT_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    });
    opened.push(agent);
    return agent;
  }

  async #tlsTo(url: URL): Promise<TlsOptions> {
    const dirs = this.#settings.certsDirs ?? defaultCertsDirs();
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const own = await readHostCertificates(dirs, host, Number(url.port || 443));
    if (own === undefined) {
      this.#context ??= this.#sharedContext();
      const secureContext = await this.#context;
      return secureContext === undefined ? {} : { secureContext };
    }
    this.#log.debug(`${url.host} has certificates of its own in certs.d.`);
    const trusted = (await this.#authorities()) ?? baseAuthorities();
    const ca = [...trusted, ...own.authorities];
    const cert = own.clients.map((client) => client.cert);
    const key = own.clients.map((client) => client.key);
    try {
      const client = own.clients.length === 0 ? {} : { cert, key };
      return { secureContext: createSecureContext({ ca, ...client }) };
    } catch (cause) {
      const message = t(
        'The certificates of {0} in certs.d cannot be used. Check that each *.cert belongs to the *.key beside it.',
        url.host,
      );
      throw new ModelError('tls', message, { cause, registry: url.host });
    }
  }

  /** Makes one context for all servers: parsing hundreds of authorities for each connection would take long. */
  async #sharedContext(): Promise<SecureContext | undefined> {
    const ca = await this.#authorities();
    return ca === undefined ? undefined : createSecureContext({ ca: [...ca] });
  }

  #authorities(): Promise<readonly string[] | undefined> {
    const { systemCertificates = true, extraCaFile } = this.#settings;
    this.#trusted ??= loadAuthorities({ systemCertificates, extraCaFile, env: this.#env, log: this.#log });
    return this.#trusted;
  }
}

/** Uses the proxy's own name for TLS to it, not the host that a request is for. */
function byOwnName(connect: Connector): Connector {
  return ({ servername: _, ...options }, callback) => connect(options, callback);
}

const ZONES: readonly Zone[] = ['public', 'private', 'local'];

function keyOf(origin: string, within: Zone): string {
  return `${within} ${origin}`;
}

const CONNECT = { timeout: CONNECT_TIMEOUT_MS, allowH2: false };

/** Closes tunnels first, then the connections to the proxy, which were opened before them. */
async function finish({ route, opened }: Kept): Promise<void> {
  await route.catch(() => {});
  for (const dispatcher of [...opened].reverse()) await dispatcher.close().catch(() => {});
}
