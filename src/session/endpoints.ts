/**
 * The endpoints that the user added, and the models that they serve. A server is asked when somebody looks at its models,
 * and not again for a while; nothing here waits for one.
 */
import { isModelError, ModelError } from '../base/error.ts';
import { asLocalized, t } from '../base/l10n.ts';
import { Listeners } from '../base/listeners.ts';
import type { Log } from '../base/log.ts';
import type { FoundEndpoint } from '../engine/index.ts';
import {
  type EndpointEntry,
  type EndpointModel,
  type EndpointStatus,
  endpointModel,
} from './endpointModel.ts';

/** Milliseconds after which a server is asked again when somebody looks: its models change rarely. */
const FRESH_MS = 60_000;

/** Options of {@link Endpoints}. */
export interface EndpointsOptions {
  readonly entries: () => readonly EndpointEntry[];
  /** Asks a server for its models. @throws ModelError. */
  readonly list: (entry: EndpointEntry) => Promise<FoundEndpoint>;
  readonly log: Log;
  /** Milliseconds on any clock. Defaults to `performance.now`. */
  readonly now?: (() => number) | undefined;
}

interface Asked {
  readonly status: EndpointStatus;
  readonly at: number;
  readonly done: Promise<void>;
}

/** The endpoints of this machine. */
export class Endpoints {
  readonly #options: EndpointsOptions;
  readonly #now: () => number;
  readonly #changed = new Listeners();
  readonly #asked = new Map<string, Asked>();

  constructor(options: EndpointsOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Calls `listener` when an endpoint is added, removed or has answered. @returns a function that stops it. */
  onDidChange(listener: () => void): () => void {
    return this.#changed.add(listener);
  }

  entries(): readonly EndpointEntry[] {
    return this.#options.entries();
  }

  /** Returns what each endpoint answered last, and asks those that were not asked for a while. */
  statuses(): EndpointStatus[] {
    return this.entries().map((entry) => this.#fresh(entry).status);
  }

  /** Returns the models that are known by now. */
  models(): EndpointModel[] {
    return this.statuses().flatMap(({ models }) => models);
  }

  /** Reads the entries again, which have changed. */
  reload(): void {
    const urls = new Set(this.entries().map(({ url }) => url));
    for (const url of this.#asked.keys()) if (!urls.has(url)) this.#asked.delete(url);
    this.#changed.fire();
  }

  /** Asks an endpoint now, also one that is being asked: its key may be new. Resolves when it has answered, or has not. */
  async refresh(entry: EndpointEntry): Promise<void> {
    await this.#ask(entry).done;
  }

  dispose(): void {
    this.#changed.clear();
  }

  #fresh(entry: EndpointEntry): Asked {
    const asked = this.#asked.get(entry.url);
    const isRenamed = asked !== undefined && asked.status.endpoint.name !== entry.name;
    if (asked === undefined || isRenamed) return this.#ask(entry);
    return asked.status.isAsking || this.#now() - asked.at < FRESH_MS ? asked : this.#ask(entry);
  }

  #ask(entry: EndpointEntry): Asked {
    const before = this.#asked.get(entry.url)?.status;
    const status = { models: [], ...before, endpoint: entry, isAsking: true };
    const asked: Asked = { status, at: this.#now(), done: this.#answer(entry, () => asked) };
    this.#asked.set(entry.url, asked);
    return asked;
  }

  async #answer(entry: EndpointEntry, asked: () => Asked): Promise<void> {
    const status = await this.#statusOf(entry);
    // It was removed, or asked again.
    if (this.#asked.get(entry.url) !== asked()) return;
    this.#asked.set(entry.url, { status, at: this.#now(), done: Promise.resolve() });
    this.#changed.fire();
  }

  async #statusOf(endpoint: EndpointEntry): Promise<EndpointStatus> {
    try {
      const { server, models } = await this.#options.list(endpoint);
      const listed = models.map((model) => endpointModel(endpoint, model));
      return { endpoint, server, models: listed, isAsking: false };
    } catch (error) {
      this.#options.log.info(`The endpoint ${endpoint.url} did not answer: ${String(error)}`);
      const problem =
        error instanceof ModelError
          ? asLocalized(error.message) // localized where it was created
          : t('{0} did not answer: {1}', endpoint.name, String(error));
      const isDenied = isModelError(error, 'endpoint-denied');
      return { endpoint, models: [], problem, isDenied, isAsking: false };
    }
  }
}
