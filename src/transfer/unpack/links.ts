/** Follows links inside an archive. */

/** The most links in a chain, as on Linux. */
const MAX_LINKS = 40;

/**
 * Resolves all links in a path.
 * @param links from paths to paths below the same root.
 */
export function followed(path: string, links: ReadonlyMap<string, string>): string {
  let at = path;
  for (let count = 0; count < MAX_LINKS; count++) {
    const next = followedOnce(at, links);
    if (next === undefined) return at;
    at = next;
  }
  return at;
}

/** Replaces the first link in a path. Returns undefined if it has none. */
function followedOnce(path: string, links: ReadonlyMap<string, string>): string | undefined {
  for (let end = path.indexOf('/'); ; end = path.indexOf('/', end + 1)) {
    const start = end === -1 ? path : path.slice(0, end);
    const target = links.get(start);
    if (target !== undefined) return [target, ...(end === -1 ? [] : [path.slice(end + 1)])].join('/');
    if (end === -1) return undefined;
  }
}
