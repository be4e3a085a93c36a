/** Logins for an authorizer, looked up for each exchange, and once more if they are refused. */
import type { Credential, CredentialSource } from '../spec/credential.ts';

/** Milliseconds in which a login that its source returned twice is not requested again. */
const CONFIRMED_MS = 60_000;
/** Confirmed logins that are remembered. */
const MAX_CONFIRMED = 200;

/** The registry and repository that a login is for. */
export interface LoginTarget {
  readonly registry: string;
  readonly repository?: string | undefined;
  /** True if no login may be used, because it would be sent unencrypted. */
  readonly withoutLogin?: boolean | undefined;
}

function keyOf({ registry, repository = '' }: LoginTarget): string {
  return `${registry} ${repository}`;
}

/** Returns a text that is equal for equal logins. Secret. */
export function loginKey(credential: Credential | undefined): string {
  return JSON.stringify(credential ?? null);
}

/** Looks logins up. */
export class Logins {
  readonly #source: CredentialSource;
  readonly #now: () => number;
  readonly #asking = new Map<string, Promise<Credential | undefined>>();
  /** The times until which a login is known to be current, by registry and login. Milliseconds since 1970. */
  readonly #confirmed = new Map<string, number>();

  /** @param now milliseconds since 1970. */
  constructor(source: CredentialSource, now: () => number) {
    this.#source = source;
    this.#now = now;
  }

  /** Returns the login for a target, or undefined for anonymous access. */
  async get(target: LoginTarget): Promise<Credential | undefined> {
    if (target.withoutLogin === true) return undefined;
    return this.#source.get(target.registry, target.repository);
  }

  /**
   * Returns a login in place of a refused one, since a credential helper may have a new one by now, or undefined if
   * there is no other. A source that returned the same login is not asked again for a minute.
   */
  async again(target: LoginTarget, refused: string): Promise<Credential | undefined> {
    if (target.withoutLogin === true) return undefined;
    const key = keyOf(target);
    const confirmed = `${target.registry} ${refused}`;
    if ((this.#confirmed.get(confirmed) ?? 0) > this.#now()) return undefined;
    const asking = this.#asking.get(key) ?? this.#ask(target);
    this.#asking.set(key, asking);
    const login = await asking.finally(() => this.#asking.delete(key));
    if (login !== undefined && loginKey(login) !== refused) return login;
    if (this.#confirmed.size >= MAX_CONFIRMED) this.#confirmed.clear();
    this.#confirmed.set(confirmed, this.#now() + CONFIRMED_MS);
    return undefined;
  }

  /** Forgets the confirmations of a registry. */
  forget(registry: string): void {
    for (const key of this.#confirmed.keys()) if (key.startsWith(`${registry} `)) this.#confirmed.delete(key);
  }

  async #ask({ registry, repository }: LoginTarget): Promise<Credential | undefined> {
    this.#source.forget?.(registry);
    return this.#source.get(registry, repository);
  }
}
