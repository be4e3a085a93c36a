/** Lists of tags in the forms that tests compare. */

import { catalogHost, type ListingOptions } from '../../../src/catalog/hosts/index.ts';
import { listTags } from '../../../src/catalog/index.ts';

/** The names of a repository's tags, in their order. */
export async function tagNames(...args: Parameters<typeof listTags>): Promise<string[]> {
  return (await listTags(...args)).map(({ tag }) => tag);
}

/** The sizes that a host gives apart from the names. */
export async function sizesOf(
  { host }: { readonly host: string },
  repository: string,
  options: ListingOptions,
): Promise<ReadonlyMap<string, number>> {
  return (await catalogHost(host).sizes?.(repository, options)) ?? new Map();
}
