/** Follows links inside an archive. */

/** The most links in a chain, as on Linux. */
const MAX_LINKS = 40;
/** Characters of a path with its links replaced. No file of a model has a longer one. */
const MAX_PATH = 1024;
/** Prefixes of paths that are looked up for all links of an archive together; a cache of models takes some thousands. */
const MAX_LOOKUPS = 250_000;

/** The lookups that are left, so that links that lead through each other take no minutes. */
export class LinkBudget {
  #left = MAX_LOOKUPS;

  /** Takes one lookup. Returns false if there is none left. */
  take(): boolean {
    return this.#left-- > 0;
  }
}

/**
 * Resolves all links in a path, as far as the budget and the longest path allow.
 * @param links from paths to paths below the same root.
 */
export function followed(
  path: string,
  links: ReadonlyMap<string, string>,
  budget: LinkBudget = new LinkBudget(),
): string {
  let at = path;
  for (let count = 0; count < MAX_LINKS && at.length <= MAX_PATH; count++) {
    const next = followedOnce(at, links, budget);
    if (next === undefined) return at;
    at = next;
  }
  return at;
}

/** Replaces the first link in a path. Returns undefined if it has none. */
function followedOnce(
  path: string,
  links: ReadonlyMap<string, string>,
  budget: LinkBudget,
): string | undefined {
  for (let end = path.indexOf('/'); budget.take(); end = path.indexOf('/', end + 1)) {
    const start = end === -1 ? path : path.slice(0, end);
    const target = links.get(start);
    if (target !== undefined) return [target, ...(end === -1 ? [] : [path.slice(end + 1)])].join('/');
    if (end === -1) return undefined;
  }
  return undefined;
}
