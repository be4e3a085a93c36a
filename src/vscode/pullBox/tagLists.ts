/** The tags of the repositories that are typed into one pull box, each listed once. */
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { type ListedTag, listTags } from '../../catalog/index.ts';
import type { Reference, RegistryClient } from '../../oci/index.ts';
import { settings } from '../window/settings.ts';

/** Default of the longest time that a list may take, in milliseconds. */
const LIST_MS = 15_000;

/** The tags of one repository, `latest` first. */
export interface TagList {
  readonly tags: readonly ListedTag[];
  /** True if the registry has, or may have, more of them. */
  readonly isCut: boolean;
}

/** Lists that were asked for. */
export class TagLists {
  readonly #registry: () => RegistryClient;
  readonly #limitMs: number;
  readonly #lists = new Map<string, TagList>();

  /** @param limitMs the longest time that a list may take, in milliseconds. */
  constructor(registry: () => RegistryClient, limitMs = LIST_MS) {
    this.#registry = registry;
    this.#limitMs = limitMs;
  }

  /** Returns a list that was asked for before. */
  known({ registry, repository }: Reference): TagList | undefined {
    return this.#lists.get(`${registry}/${repository}`);
  }

  /**
   * Asks the registry for the tags of a repository with their sizes.
   * @throws ModelError as {@link listTags} does, and `offline` if the list takes too long.
   */
  async load(reference: Reference, signal: AbortSignal): Promise<TagList> {
    const { registry, repository } = reference;
    const limit = AbortSignal.timeout(this.#limitMs);
    try {
      const list = await this.#ask(reference, AbortSignal.any([signal, limit]));
      this.#lists.set(`${registry}/${repository}`, list);
      return list;
    } catch (error) {
      if (signal.aborted || !limit.aborted) throw error;
      throw new ModelError('offline', t('{0} did not list them in time.', registry), {
        registry,
        cause: error,
      });
    }
  }

  async #ask({ registry: host, repository }: Reference, signal: AbortSignal): Promise<TagList> {
    let isCut = false;
    const onCut = (): void => {
      isCut = true;
    };
    const options = { registry: this.#registry(), apiUrls: settings.registryApis(), signal, onCut };
    const tags = await listTags({ host, namespace: repository }, repository, options);
    return { tags, isCut };
  }
}
