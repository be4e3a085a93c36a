/**
 * What was got for registries, and how they ask: in memory, for each registry, its origin and a set of scopes. Nothing
 * of it is written down.
 */

import type { Answerer } from '../http/zone.ts';
import type { Credential } from '../spec/credential.ts';
import { loginKey } from './logins.ts';
import { cleanScopes } from './scope.ts';

/** Kept authorisations; each is a few kilobytes at most. */
const MAX_KEPT = 500;

/** Who is asked for what. */
export interface AuthTarget {
  /** Registry host, as in the reference. */
  readonly registry: string;
  /** Origin of the registry's API. */
  readonly origin: string;
  /** What the request needs, such as `repository:ai/gemma3:pull`. */
  readonly scopes: readonly string[];
  /** What it needs if the server behind a mirror knows the repository by the name that it has upstream. */
  readonly upstreamScope?: string | undefined;
  /** The repository that is asked for, since a login may be for a part of a registry. */
  readonly repository?: string | undefined;
  /** Tells whether no login may be used, because it would go over a connection that everybody can read. */
  readonly withoutLogin?: boolean | undefined;
}

/** The value of an `Authorization` header. */
export interface Authorization {
  readonly header: string;
  /** Whether it stands for somebody's login, and not for anonymous access. */
  readonly withCredential: boolean;
  /** Whether it is anonymous because the login there is was refused. */
  readonly loginRefused?: boolean;
}

/** What a Bearer challenge says, for asking again before the token ends. */
export interface BearerChallenge {
  readonly realm: string;
  readonly service: string | undefined;
  /** What it wants to be asked for. */
  readonly scope: string | undefined;
  /** The host that gave it. */
  readonly from: Answerer;
}

/** An authorization that is kept. */
export interface Kept extends Authorization {
  /** Milliseconds since 1970, or Infinity for what does not end. */
  readonly renewAt: number;
  readonly endsAt: number;
  readonly challenge: BearerChallenge | undefined;
  /** The login that it was got with, as `loginKey` has it; undefined for anonymous access. Secret. */
  readonly login: string | undefined;
}

/** Plain http is another key than https, so that nothing that was got for the one goes over the other. */
export function keyOf({ registry, origin, scopes }: AuthTarget): string {
  return [registry, origin, ...cleanScopes(scopes)].join(' ');
}

function wayKey({ registry, origin, withoutLogin = false }: AuthTarget): string {
  return `${registry} ${origin} ${withoutLogin}`;
}

/** What holds until it is refused. */
export function endless(header: string, credential: Credential): Kept {
  const never = Number.POSITIVE_INFINITY;
  const login = loginKey(credential);
  return { header, withCredential: true, renewAt: never, endsAt: never, challenge: undefined, login };
}

/** Keeps authorizations. */
export class Authorizations {
  readonly #kept = new Map<string, Kept>();
  /** How each registry asked the last time, by registry and origin: its other repositories are asked the same way. */
  readonly #ways = new Map<string, BearerChallenge | 'basic'>();

  get(target: AuthTarget): Kept | undefined {
    return this.#kept.get(keyOf(target));
  }

  /** How a registry asks; undefined before its first challenge. */
  wayOf(target: AuthTarget): BearerChallenge | 'basic' | undefined {
    return this.#ways.get(wayKey(target));
  }

  /** Keeps an authorization. @returns it. */
  keep(target: AuthTarget, kept: Kept): Kept {
    for (const map of [this.#kept, this.#ways]) if (map.size >= MAX_KEPT) map.clear();
    this.#kept.set(keyOf(target), kept);
    const isBasic = kept.challenge === undefined && kept.header.startsWith('Basic ');
    const way = isBasic ? 'basic' : kept.challenge;
    if (way !== undefined) this.#ways.set(wayKey(target), way);
    return kept;
  }

  /** Forgets all of a registry. */
  forget(registry: string): void {
    for (const map of [this.#kept, this.#ways]) forgetIn(map, registry);
  }

  /** Forgets what was got with one login. @param login as `loginKey` has it. */
  forgetLogin(registry: string, login: string): void {
    for (const [key, kept] of this.#kept) {
      if (key.startsWith(`${registry} `) && kept.login === login) this.#kept.delete(key);
    }
  }
}

/** Deletes what is of a registry from a map whose keys begin with one. */
export function forgetIn(map: Map<string, unknown>, registry: string): void {
  for (const key of map.keys()) if (key === registry || key.startsWith(`${registry} `)) map.delete(key);
}
