/**
 * Authorizations of registries and the ways in which they ask, in memory only, by registry, origin and set of scopes.
 */

import type { Answerer } from '../http/zone.ts';
import type { Credential } from '../spec/credential.ts';
import { loginKey } from './logins.ts';
import { cleanScopes } from './scope.ts';

/** Cached authorizations; each is a few kilobytes at most. */
const MAX_KEPT = 500;

/** A registry, and the access that a request needs there. */
export interface AuthTarget {
  /** Registry host as in the reference. */
  readonly registry: string;
  /** Origin of the registry's API. */
  readonly origin: string;
  /** Scopes of the request, such as `repository:ai/gemma3:pull`. */
  readonly scopes: readonly string[];
  /** Scope if the server behind a mirror knows the repository by its upstream name. */
  readonly upstreamScope?: string | undefined;
  /** The repository, since a login may be for a part of a registry. */
  readonly repository?: string | undefined;
  /** True if no login may be used, because it would be sent unencrypted. */
  readonly withoutLogin?: boolean | undefined;
}

/** The value of an `Authorization` header. */
export interface Authorization {
  readonly header: string;
  /** True if it is based on a login, false for anonymous access. */
  readonly withCredential: boolean;
  /** True if it is anonymous because the login was refused. */
  readonly loginRefused?: boolean;
}

/** A Bearer challenge, kept to ask again before the token expires. */
export interface BearerChallenge {
  readonly realm: string;
  readonly service: string | undefined;
  /** The scope that the server suggests. */
  readonly scope: string | undefined;
  /** The host that sent the challenge. */
  readonly from: Answerer;
}

/** A cached authorization. */
export interface Kept extends Authorization {
  /** Milliseconds since 1970, or Infinity if it does not expire. */
  readonly renewAt: number;
  readonly endsAt: number;
  readonly challenge: BearerChallenge | undefined;
  /** The login behind it, as a `loginKey`; undefined for anonymous access. Secret. */
  readonly login: string | undefined;
}

/**
 * Returns the cache key. Plain http and https have different keys, so that a token for one is never sent over the
 * other.
 */
export function keyOf({ registry, origin, scopes }: AuthTarget): string {
  return [registry, origin, ...cleanScopes(scopes)].join(' ');
}

function wayKey({ registry, origin, withoutLogin = false }: AuthTarget): string {
  return `${registry} ${origin} ${withoutLogin}`;
}

/** Makes an authorization that holds until it is refused. */
export function endless(header: string, credential: Credential): Kept {
  const never = Number.POSITIVE_INFINITY;
  const login = loginKey(credential);
  return { header, withCredential: true, renewAt: never, endsAt: never, challenge: undefined, login };
}

/** A cache of authorizations. */
export class Authorizations {
  readonly #kept = new Map<string, Kept>();
  /** The latest challenge of each registry, by registry and origin. All its repositories ask in the same way. */
  readonly #ways = new Map<string, BearerChallenge | 'basic'>();

  get(target: AuthTarget): Kept | undefined {
    return this.#kept.get(keyOf(target));
  }

  /** Returns the challenge of a registry, or undefined before the first one. */
  wayOf(target: AuthTarget): BearerChallenge | 'basic' | undefined {
    return this.#ways.get(wayKey(target));
  }

  /** Caches an authorization and returns it. */
  keep(target: AuthTarget, kept: Kept): Kept {
    for (const map of [this.#kept, this.#ways]) if (map.size >= MAX_KEPT) map.clear();
    this.#kept.set(keyOf(target), kept);
    const isBasic = kept.challenge === undefined && kept.header.startsWith('Basic ');
    const way = isBasic ? 'basic' : kept.challenge;
    if (way !== undefined) this.#ways.set(wayKey(target), way);
    return kept;
  }

  /** Forgets all authorizations of a registry. */
  forget(registry: string): void {
    for (const map of [this.#kept, this.#ways]) forgetIn(map, registry);
  }

  /** Forgets authorizations by one login. @param login a `loginKey`. */
  forgetLogin(registry: string, login: string): void {
    for (const [key, kept] of this.#kept) {
      if (key.startsWith(`${registry} `) && kept.login === login) this.#kept.delete(key);
    }
  }
}

/** Deletes the entries of a registry from a map whose keys begin with one. */
export function forgetIn(map: Map<string, unknown>, registry: string): void {
  for (const key of map.keys()) if (key === registry || key.startsWith(`${registry} `)) map.delete(key);
}
