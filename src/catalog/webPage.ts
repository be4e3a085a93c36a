/** Addresses of models' pages in a browser. A reference may be pasted as one of them. */
import { hostOf, type PageName } from '../oci/index.ts';

export type { PageName } from '../oci/index.ts';

/** Returns the address of a model's page, or undefined if its registry has none that is known. */
export function webPage(name: PageName): string | undefined {
  return hostOf(name.registry)?.page(name);
}
