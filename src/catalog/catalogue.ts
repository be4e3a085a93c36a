/**
 * The lists of all hosts as a person meets them: asked for when wanted, kept on disk with their age, and shown from
 * there while a host does not answer. A list that is younger than an hour is not asked for again.
 */
import * as z from 'zod';
import { isModelError } from '../base/error.ts';
import type { Log } from '../base/log.ts';
import type { RegistryClient } from '../oci/index.ts';
import { BUILT_IN_MODELS } from './builtIn.ts';
import type { RegistryEntry } from './entry.ts';
import { ListCache, type SavedList } from './listCache.ts';
import { type ListedRepository, type ListingOptions, listRepositories, listTags } from './listing.ts';
import type { ListedTag } from './recommend.ts';

/** Milliseconds during which a list counts as fresh. */
const FRESH_MS = 60 * 60_000;

/** The registry and namespace of the built-in list. */
const BUILT_IN = { host: 'docker.io', namespace: 'ai' };

const repositorySchema = z.object({
  name: z.string(),
  pulls: z.number().optional(),
  description: z.string().optional(),
});
const tagSchema = z.object({ tag: z.string(), bytes: z.number().optional() });

/** The origin of a list that was not asked for just now. */
export type Origin =
  /** Kept from an earlier time, because the host does not answer now. */
  | { readonly kind: 'kept'; readonly askedAt: number; readonly failure: unknown }
  /** Brought with the extension, for the same reason. */
  | { readonly kind: 'built-in'; readonly failure: unknown };

/** A list with its age. */
export interface DatedList<T> {
  readonly items: readonly T[];
  readonly isCut: boolean;
  /** Undefined for a list that its host gave within the last hour. */
  readonly origin?: Origin | undefined;
}

/** Options of a {@link Catalogue}. */
export interface CatalogueOptions {
  /** Created if it is missing. */
  readonly folder: string;
  readonly registry: () => RegistryClient;
  /** See {@link ListingOptions.apiUrls}. */
  readonly apiUrls?: () => Readonly<Record<string, string>>;
  readonly log: Log;
  /** Milliseconds since 1970. Defaults to the clock. */
  readonly now?: () => number;
}

/** The lists of one window. */
export class Catalogue {
  readonly #options: CatalogueOptions;
  readonly #cache: ListCache;
  /** The times of {@link expire} by host. */
  readonly #expired = new Map<string, number>();
  #allExpired = 0;

  constructor(options: CatalogueOptions) {
    this.#options = options;
    this.#cache = new ListCache(options.folder, options.log);
  }

  /** Has lists asked for again the next time, however young they are. @param host defaults to all. */
  expire(host?: string): void {
    if (host === undefined) this.#allExpired = this.#now();
    else this.#expired.set(host, this.#now());
  }

  /**
   * Returns the repositories of an entry, at most 10,000.
   * @throws ModelError as {@link listRepositories}, if no list is kept either.
   */
  repositories(entry: RegistryEntry, signal?: AbortSignal): Promise<DatedList<ListedRepository>> {
    return this.#list(
      entry.host,
      `repositories ${entry.host}/${entry.namespace ?? ''}`,
      repositorySchema,
      (options) => listRepositories(entry, options),
      () => builtInRepositories(entry),
      signal,
    );
  }

  /**
   * Returns the tags of a repository with their sizes as far as they are known, `latest` first.
   * @throws ModelError as {@link listTags}, if no list is kept either.
   */
  tags(entry: RegistryEntry, repository: string, signal?: AbortSignal): Promise<DatedList<ListedTag>> {
    return this.#list<ListedTag>(
      entry.host,
      `tags ${entry.host}/${repository}`,
      tagSchema,
      (options) => listTags(entry, repository, options),
      () => builtInTags(entry, repository),
      signal,
    );
  }

  async #list<T>(
    host: string,
    key: string,
    schema: z.ZodType<T>,
    ask: (options: ListingOptions) => Promise<T[]>,
    builtIn: () => readonly T[] | undefined,
    signal: AbortSignal | undefined,
  ): Promise<DatedList<T>> {
    const saved = await this.#cache.read(key, schema);
    if (saved !== undefined && this.#isFresh(host, saved.askedAt)) return saved;
    try {
      return await this.#ask(key, ask, signal);
    } catch (failure) {
      if (!isPassing(failure)) throw failure;
      if (saved !== undefined) return { ...saved, origin: { kind: 'kept', askedAt: saved.askedAt, failure } };
      const items = builtIn();
      if (items === undefined) throw failure;
      return { items, isCut: false, origin: { kind: 'built-in', failure } };
    }
  }

  async #ask<T>(
    key: string,
    ask: (options: ListingOptions) => Promise<T[]>,
    signal: AbortSignal | undefined,
  ): Promise<DatedList<T>> {
    const { registry, apiUrls } = this.#options;
    let isCut = false;
    const onCut = (): void => {
      isCut = true;
    };
    const items = await ask({ registry: registry(), apiUrls: apiUrls?.(), signal, onCut });
    const list: SavedList<T> = { items, isCut, askedAt: this.#now() };
    await this.#cache.write(key, list);
    return { items, isCut };
  }

  /** A clock that was set back makes no list young for years. */
  #isFresh(host: string, askedAt: number): boolean {
    const now = this.#now();
    const expiredAt = Math.max(this.#allExpired, this.#expired.get(host) ?? 0);
    return askedAt > expiredAt && askedAt <= now && now - askedAt < FRESH_MS;
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }
}

/** Tells whether a list from before helps: the host could not be asked, or failed. A refusal is shown as it is. */
function isPassing(error: unknown): boolean {
  return (['offline', 'tls', 'rate-limited', 'registry-error'] as const).some((code) =>
    isModelError(error, code),
  );
}

function builtInRepositories({ host, namespace }: RegistryEntry): ListedRepository[] | undefined {
  if (host !== BUILT_IN.host || namespace !== BUILT_IN.namespace) return undefined;
  return BUILT_IN_MODELS.map(({ name }) => ({ name }));
}

function builtInTags({ host }: RegistryEntry, repository: string): ListedTag[] | undefined {
  if (host !== BUILT_IN.host) return undefined;
  const found = BUILT_IN_MODELS.find(({ name }) => name === repository);
  return found?.tags.map(([tag, bytes]) => ({ tag, bytes: Math.round(bytes) }));
}
