/** Logins that the user gave to this extension, in the editor's secret storage. */
import * as z from 'zod';
import type { Credential, CredentialSource } from '../oci/spec/credential.ts';

/** A place for secrets. VS Code's `SecretStorage` has this shape. */
export interface SecretStore {
  get(key: string): PromiseLike<string | undefined>;
  store(key: string, value: string): PromiseLike<void>;
  delete(key: string): PromiseLike<void>;
}

const LOGIN_PREFIX = 'ociModels.login:';
/** The key of the list of hosts with a login, since the storage cannot be listed. */
const HOSTS_KEY = 'ociModels.logins';

const login = z.union([
  z.object({ username: z.string(), password: z.string() }),
  z.object({ identityToken: z.string(), username: z.string().optional() }),
  z.object({ registryToken: z.string() }),
]);
const hosts = z.array(z.string());

function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Keeps one login for each registry. */
export class SecretSource implements CredentialSource {
  readonly #secrets: SecretStore;

  constructor(secrets: SecretStore) {
    this.#secrets = secrets;
  }

  /** Returns a login. An unreadable one counts as missing; the next sign-in replaces it. */
  async get(registry: string): Promise<Credential | undefined> {
    return login.safeParse(parseJson(await this.#secrets.get(LOGIN_PREFIX + registry))).data;
  }

  /** Stores the login of a registry in place of the previous one. */
  async set(registry: string, credential: Credential): Promise<void> {
    await this.#secrets.store(LOGIN_PREFIX + registry, JSON.stringify(credential));
    await this.#setHosts([...(await this.registries()), registry]);
  }

  /** Deletes the login of a registry. Returns true if there was one. */
  async delete(registry: string): Promise<boolean> {
    const before = await this.#secrets.get(LOGIN_PREFIX + registry);
    await this.#secrets.delete(LOGIN_PREFIX + registry);
    await this.#setHosts((await this.registries()).filter((host) => host !== registry));
    return before !== undefined;
  }

  /** Returns the registries that have a login here, by name. */
  async registries(): Promise<string[]> {
    return hosts.safeParse(parseJson(await this.#secrets.get(HOSTS_KEY))).data ?? [];
  }

  async #setHosts(names: readonly string[]): Promise<void> {
    await this.#secrets.store(HOSTS_KEY, JSON.stringify([...new Set(names)].sort()));
  }
}
