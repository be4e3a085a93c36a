/** Logins as an authorizer needs them: looked up for each exchange, and asked for once more when they are refused. */
import type { Credential, CredentialSource } from '../spec/credential.ts';

/** Milliseconds in which a login that its source gave a second time is not asked for again. */
const CONFIRMED_MS = 60_000;
/** Confirmed logins that are remembered. */
const MAX_CONFIRMED = 200;

/** What a login is for. */
export interface LoginTarget {
  readonly registry: string;
  readonly repository?: string | undefined;
  /** Tells whether no login may be used, because it would go over a connection that everybody can read. */
  readonly withoutLogin?: boolean | undefined;
}

function keyOf({ registry, repository = '' }: LoginTarget): string {
  return `${registry} ${repository}`;
}

/** A text that is the same for the same login. Secret. */
export function loginKey(credential: Credential | undefined): string {
  return JSON.stringify(credential ?? null);
}

/** Looks logins up. */
export class Logins {
  readonly #source: CredentialSource;
  readonly #now: () => number;
  readonly #asking = new Map<string, Promise<Credential | undefined>>();
  /** Until when a login is known to be what its source has, by registry and login. Milliseconds since 1970. */
  readonly #confirmed = new Map<string, number>();

  /** @param now milliseconds since 1970. */
  constructor(source: CredentialSource, now: () => number) {
    this.#source = source;
    this.#now = now;
  }

  /** The login for a target, or undefined for anonymous access. */
  async get(target: LoginTarget): Promise<Credential | undefined> {
    if (target.withoutLogin === true) return undefined;
    return this.#source.get(target.registry, target.repository);
  }

  /**
   * The login in place of one that was refused: a credential helper may have a new one by now. A source that has the
   * same one is not asked again for a minute.
   * @returns undefined if there is no other login.
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

  /** Forgets what was confirmed for a registry. */
  forget(registry: string): void {
    for (const key of this.#confirmed.keys()) if (key.startsWith(`${registry} `)) this.#confirmed.delete(key);
  }

  async #ask({ registry, repository }: LoginTarget): Promise<Credential | undefined> {
    this.#source.forget?.(registry);
    return this.#source.get(registry, repository);
  }
}
