/** The form in which a registry host declares how it differs from a plain registry. */
import type { ModelErrorCode } from '../../../base/error.ts';
import type { Localized } from '../../../base/l10n.ts';

/** The part of a reference that has a page. */
export interface PageName {
  readonly registry: string;
  readonly repository: string;
  readonly tag?: string | undefined;
}

/** The grammar of names on a host that takes others than the distribution API does. */
export interface HostNames {
  isRepository(text: string): boolean;
  /** Tells whether `text` may stand after the host in a list of registries: an owner, or a whole repository. */
  isNamespace(text: string): boolean;
  isTag(text: string): boolean;
  /** Says what a repository's name is, to somebody who wrote another one. */
  repositoryRule(): Localized;
  /** Says what is wrong with a tag, or undefined if the general explanation will do. */
  tagProblem?(tag: string): Localized | undefined;
}

/** A failure that only this host has. */
export interface HostFailure {
  readonly code: ModelErrorCode;
  readonly message: Localized;
}

/** Everything special about a registry host. Members that are left out are those of a plain registry. */
export interface RegistryHost {
  /** The registry in references: `docker.io`. */
  readonly registry: string;
  /** The name that people know it by: `Docker Hub`. */
  readonly title: string;
  /** Other hosts that mean the same registry in a reference, in lower case. */
  readonly aliases: readonly string[];
  /** The host that serves the distribution API. Defaults to the registry itself. */
  readonly connectTo?: string;
  /** Expands what follows `<scheme>://` to a reference that starts with a registry. Keys are in lower case. */
  readonly schemes?: Readonly<Record<string, (rest: string) => string>>;
  /** The hosts of its web pages, in lower case. */
  readonly sites: readonly string[];
  /**
   * Reads a page's path as a reference without the registry, or returns undefined for a page of something else.
   * @param parts of the path, without empty ones.
   */
  readPage(parts: readonly string[]): string | undefined;
  /** Reads the page of an owner as the owner, or returns undefined for a page of something else. */
  readOwnerPage?(parts: readonly string[]): string | undefined;
  /** Returns the address of a model's page, which {@link readPage} reads back, or undefined if it has none. */
  page(name: PageName): string | undefined;
  readonly names?: HostNames;
  /**
   * Completes a name without a slash.
   * @param namespace the user's own, if this registry is the user's default.
   */
  completeRepository?(name: string, namespace: string | undefined): string;
  /** The shorter forms of a repository that people write, registry included. */
  shortNames?(repository: string): readonly string[];
  /** Its key in Docker's configuration and for credential helpers. Defaults to the registry. */
  readonly dockerKey?: string;
  /** Says why a list of registries cannot name the whole host, if it cannot. */
  namespaceNeeded?(): Localized;
  /** The name of the artifact family of its models, if they look like Ollama's. */
  readonly ollamaFamily?: 'ollama' | 'huggingface';
  /** Explains an answer that is misleading as it stands. @param reason the server's words. @param what was asked for. */
  explain?(status: number, reason: string, what: string): HostFailure | undefined;
}

/** Splits a repository into exactly two parts, or returns undefined. */
export function twoParts(repository: string): readonly [owner: string, model: string] | undefined {
  const [owner, model, more] = repository.split('/');
  return owner && model && more === undefined ? [owner, model] : undefined;
}
