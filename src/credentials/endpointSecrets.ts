/** API keys of endpoints, in the editor's secret storage: one for each address, so that none goes to another server. */
import type { SecretStore } from './secrets.ts';

const PREFIX = 'ociModels.endpointKey:';

/** Keeps one key for each endpoint. */
export class EndpointSecrets {
  readonly #secrets: SecretStore;
  /** Each request needs one, and the storage is in another process. */
  readonly #known = new Map<string, Promise<string | undefined>>();

  constructor(secrets: SecretStore) {
    this.#secrets = secrets;
  }

  /** Returns the key of an endpoint, or undefined. @param url as it stands in the settings. */
  get(url: string): Promise<string | undefined> {
    const known = this.#known.get(url) ?? this.#read(url);
    this.#known.set(url, known);
    return known;
  }

  /** Reads all keys again, which another window may have changed. */
  reload(): void {
    this.#known.clear();
  }

  /** Stores a key; undefined deletes it. */
  async set(url: string, key: string | undefined): Promise<void> {
    this.#known.delete(url);
    if (key === undefined) await this.#secrets.delete(PREFIX + url);
    else await this.#secrets.store(PREFIX + url, key);
    // A request may have read the old one meanwhile.
    this.#known.delete(url);
  }

  async #read(url: string): Promise<string | undefined> {
    try {
      return (await this.#secrets.get(PREFIX + url)) || undefined;
    } catch (error) {
      this.#known.delete(url);
      throw error;
    }
  }
}
