/** API keys of endpoints, in the editor's secret storage: one for each address, so that none goes to another server. */
import type { SecretStore } from './secrets.ts';

const PREFIX = 'ociModels.endpointKey:';

/** Keeps one key for each endpoint. */
export class EndpointSecrets {
  readonly #secrets: SecretStore;

  constructor(secrets: SecretStore) {
    this.#secrets = secrets;
  }

  /** Returns the key of an endpoint, or undefined. @param url as it stands in the settings. */
  async get(url: string): Promise<string | undefined> {
    return (await this.#secrets.get(PREFIX + url)) || undefined;
  }

  /** Stores a key; undefined deletes it. */
  async set(url: string, key: string | undefined): Promise<void> {
    if (key === undefined) await this.#secrets.delete(PREFIX + url);
    else await this.#secrets.store(PREFIX + url, key);
  }
}
