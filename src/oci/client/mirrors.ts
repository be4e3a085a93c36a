/**
 * Mirrors: other servers that have a registry's content. They are asked first, in order, and the registry itself
 * last. A mirror has a login of its own or none; the registry's login is never sent to it.
 *
 * An address is `host[:port][/path]`, optionally with `https://` or `http://` before it:
 * - `harbor.example.com/hub-proxy` has its content under `/v2/hub-proxy/…` (Harbor, Artifactory);
 * - `https://example.com/artifactory/v2/hub` has it under `/artifactory/v2/hub/…`: the part before `/v2` is the path
 *   of the API, the part after it is a prefix of repository names;
 * - `localhost:65001` has it under `/v2/…` and receives the registry in `ns=` (Dragonfly, Spegel).
 */
import { isModelError, ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import { parseUrl } from '../../base/url.ts';
import { isLoopbackHost } from '../http/servers.ts';
import { isRegistryHost, isRepositoryName } from '../spec/names.ts';

/** Milliseconds in which a failed mirror is asked only if the registry cannot be reached. */
const REST_MS = 30_000;
/** Contents that mirrors are known to lack, remembered so that a resumed download does not ask for each again. */
const MAX_REMEMBERED = 1000;

/** A mirror as configured. */
export interface Mirror {
  /** The address, in the form above. */
  readonly address: string;
  /** Restricts the mirror to digests, because it is not trusted to resolve tags. */
  readonly digestsOnly?: boolean | undefined;
}

/** A server that may have a registry's content. */
export interface Endpoint {
  /** The host whose login is used. */
  readonly registry: string;
  /** The address before `/v2/`, without a slash at its end. */
  readonly base: string;
  /** The prefix of repository names, with its slash; may be empty. */
  readonly prefix: string;
  /** The registry that this is a mirror of. */
  readonly upstream?: string | undefined;
}

/** Mirrors that may have some content, in the order in which to ask them. */
export interface MirrorEndpoints {
  readonly ready: readonly Endpoint[];
  /** Those that failed a moment ago. */
  readonly resting: readonly Endpoint[];
}

/** The text may contain a login, so it is not shown. */
function unreadable(): ModelError {
  return new ModelError(
    'reference-invalid',
    t('The address of a mirror is not valid. Write it as mirror.example.com or mirror.example.com/path.'),
  );
}

function invalid(address: string): ModelError {
  const message = t(
    '“{0}” is not the address of a mirror. Write it as mirror.example.com or mirror.example.com/path.',
    address,
  );
  return new ModelError('reference-invalid', message);
}

/**
 * Parses a mirror's address. Without a scheme it uses https, or http on this machine.
 * @param upstream the registry that it mirrors.
 * @throws ModelError `reference-invalid`.
 */
export function parseMirror(address: string, upstream: string): Endpoint {
  const match = /^(?:(https?):\/\/)?([^/?#@]+)((?:\/[^?#]*)?)$/i.exec(address.trim().slice(0, 1024));
  const host = match?.[2] ?? '';
  if (match === null || !isRegistryHost(host)) throw unreadable();
  const scheme = match[1]?.toLowerCase() ?? (isLoopbackHost(host) ? 'http' : 'https');
  const parts = (match[3] ?? '').split('/').filter((part) => part !== '');
  const api = parts.indexOf('v2');
  const before = parts.slice(0, Math.max(0, api));
  const prefix = parts.slice(api + 1).join('/');
  const isPath = before.every((part) => /^[A-Za-z0-9_.~-]+$/.test(part) && part !== '.' && part !== '..');
  if (!isPath || (prefix !== '' && !isRepositoryName(prefix))) throw invalid(address);
  const url = parseUrl(`${scheme}://${host}`);
  if (url === undefined) throw invalid(address);
  return {
    registry: host,
    base: [url.origin, ...before].join('/'),
    prefix: prefix === '' ? '' : `${prefix}/`,
    upstream,
  };
}

/** Parts of {@link Mirrors}. */
export interface MirrorsOptions {
  /** Returns the mirrors of a registry in the order in which to ask them. */
  readonly mirrorsOf: (registry: string) => readonly Mirror[];
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The configured mirrors, and those that rest after a failure. */
export class Mirrors {
  readonly #options: MirrorsOptions;
  readonly #restingUntil = new Map<string, number>();
  readonly #lacking = new Set<string>();

  constructor(options: MirrorsOptions) {
    this.#options = options;
  }

  /**
   * Returns the mirrors to ask for content of a registry.
   * @param content a digest, for example. A mirror that did not have it is left out.
   * @param byTag true if it is requested by a name that may change.
   */
  endpoints(registry: string, content: string, byTag: boolean): MirrorEndpoints {
    const now = this.#options.now();
    const [ready, resting]: [Endpoint[], Endpoint[]] = [[], []];
    for (const { address, digestsOnly = false } of this.#options.mirrorsOf(registry)) {
      if (digestsOnly && byTag) continue;
      const endpoint = this.#read(address, registry);
      if (endpoint === undefined || this.#lacking.has(`${endpoint.base} ${content}`)) continue;
      const isResting = (this.#restingUntil.get(endpoint.base) ?? 0) > now;
      (isResting ? resting : ready).push(endpoint);
    }
    return { ready, resting };
  }

  /** Reports that a mirror did not have `content`. It rests if it cannot be reached or is overloaded. */
  failed({ base, registry, upstream }: Endpoint, content: string, byTag: boolean, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.log.info(`Mirror ${registry} of ${upstream ?? ''}: ${reason} Going on with the next.`);
    if (isModelError(error) && error.retryable) {
      this.#restingUntil.set(base, this.#options.now() + REST_MS);
      return;
    }
    // A tag that is missing now may exist in a minute.
    if (byTag) return;
    if (this.#lacking.size >= MAX_REMEMBERED) this.#lacking.clear();
    this.#lacking.add(`${base} ${content}`);
  }

  #read(address: string, registry: string): Endpoint | undefined {
    try {
      return parseMirror(address, registry);
    } catch (error) {
      // A typing error in one address must not make the registry unavailable.
      this.#options.log.warn(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }
}
