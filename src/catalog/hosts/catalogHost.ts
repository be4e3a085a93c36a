/** The form in which a host declares how its repositories and tags are listed. */
import type { RegistryClient } from '../../oci/index.ts';
import type { RegistryEntry } from '../entry.ts';
import type { ListedTag } from '../recommend.ts';

/** The means of a listing. */
export interface ListingOptions {
  readonly registry: RegistryClient;
  readonly signal?: AbortSignal | undefined;
  /** Called if there are, or may be, more names than are returned. Every list has an end here. */
  readonly onCut?: (() => void) | undefined;
  /** Servers of hosts' own APIs by registry, for tests. Default to the public ones. */
  readonly apiUrls?: Readonly<Record<string, string>> | undefined;
}

/** A repository as a list describes it. */
export interface ListedRepository {
  /** The whole name without the registry: `ai/gemma3`. */
  readonly name: string;
  /** Number of pulls as its host counts them. Undefined if the list does not say. */
  readonly pulls?: number | undefined;
  /** One line for people, by its publisher. */
  readonly description?: string | undefined;
}

/** The lists that a host offers. */
export type Offer = 'repositories' | 'tags' | 'sizes' | 'search';

/** The lists of one registry. Repositories are whole names without the registry, such as `ai/gemma3`. */
export interface CatalogHost {
  readonly registry: string;
  /** The lists that can be expected of it. */
  readonly offers: readonly Offer[];
  /** Lists the repositories of an entry. An entry that is a repository itself is a list of one. */
  repositories(entry: RegistryEntry, options: ListingOptions): Promise<ListedRepository[]>;
  /** Lists the tags of a repository in any order. */
  tags(repository: string, options: ListingOptions): Promise<string[]>;
  /** Lists the tags with their bytes, for hosts that give both in one answer. */
  sizedTags?(repository: string, options: ListingOptions): Promise<ListedTag[]>;
  /** Returns the bytes of tags, as far as they are known. A refusal leaves the map empty. Not asked beside `sizedTags`. */
  sizes?(repository: string, options: ListingOptions): Promise<ReadonlyMap<string, number>>;
  /** Finds public repositories, the best match first. */
  search?(query: string, options: ListingOptions): Promise<ListedRepository[]>;
}
