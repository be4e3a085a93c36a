/** The endpoints that the user added: addresses in a setting, API keys in the secret storage. */
import type * as vscode from 'vscode';
import type { Log } from '../../base/log.ts';
import { EndpointSecrets, type SecretStore } from '../../credentials/index.ts';
import { type EndpointAccess, type FoundEndpoint, findEndpoint, listModels } from '../../engine/index.ts';
import type { HttpClient } from '../../oci/index.ts';
import { parseEndpointUrl } from '../../openaiApi/index.ts';
import { type EndpointEntry, Endpoints } from '../../session/index.ts';
import { settings } from '../window/settings.ts';

/** Everything that endpoints need from the editor. */
export interface EndpointBookOptions {
  readonly secrets: SecretStore;
  /** The client of this window's network. */
  readonly http: () => HttpClient;
  readonly log: Log;
}

/** Options of {@link EndpointBook.find}. */
export interface TrialOptions {
  /** Tried in place of the stored key. */
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until each answer begins. */
  readonly timeoutMs?: number | undefined;
}

/** Keeps the endpoints. */
export class EndpointBook implements vscode.Disposable {
  readonly #options: EndpointBookOptions;
  readonly #secrets: EndpointSecrets;
  readonly #subscription: vscode.Disposable;
  /** The way in which engines reach servers. */
  readonly access: EndpointAccess;
  readonly endpoints: Endpoints;

  constructor(options: EndpointBookOptions) {
    const { http, log } = options;
    this.#options = options;
    this.#secrets = new EndpointSecrets(options.secrets);
    this.access = { http, secret: (url) => this.#secrets.get(url) };
    this.endpoints = new Endpoints({
      entries: () => settings.endpoints(),
      list: ({ url }) => listModels(this.access, parseEndpointUrl(url)),
      log,
    });
    this.#subscription = settings.onDidChange(['endpoints'], () => this.endpoints.reload());
  }

  /** Asks a server at an address that a person typed. @throws ModelError as `findEndpoint`. */
  find(url: URL, { key, signal, timeoutMs }: TrialOptions = {}): Promise<FoundEndpoint> {
    const { http } = this.#options;
    const access = key === undefined ? this.access : { http, secret: async () => key };
    return findEndpoint(access, url, { signal, timeoutMs });
  }

  hasKey(url: string): Promise<boolean> {
    return this.#secrets.get(url).then((key) => key !== undefined);
  }

  /** Adds an endpoint, or replaces the one with its address. @param key undefined keeps the stored one. */
  async save(entry: EndpointEntry, key: string | undefined): Promise<void> {
    if (key !== undefined) await this.#secrets.set(entry.url, key);
    const before = settings.endpoints();
    const isKnown = before.some(({ url }) => url === entry.url);
    const entries = isKnown ? before.map((one) => (one.url === entry.url ? entry : one)) : [...before, entry];
    await settings.setEndpoints(entries);
    await this.endpoints.refresh(entry);
  }

  /** Replaces an endpoint by one with another address. The key belonged to the old one. */
  async replace(before: EndpointEntry, entry: EndpointEntry, key: string | undefined): Promise<void> {
    if (before.url !== entry.url) await this.remove(before);
    await this.save(entry, key);
  }

  /** Removes an endpoint and its key. */
  async remove({ url }: EndpointEntry): Promise<void> {
    await this.#secrets.set(url, undefined);
    await settings.setEndpoints(settings.endpoints().filter((entry) => entry.url !== url));
  }

  dispose(): void {
    this.#subscription.dispose();
  }
}
