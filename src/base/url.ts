/** Addresses out of texts that other people wrote. */

/**
 * The URL in `text`, or undefined if it has none.
 *
 * `URL.canParse` is no substitute: Node answers yes for some hosts of several thousand characters that `new URL`
 * then refuses with a TypeError.
 * @param base the address that a relative one counts from.
 */
export function parseUrl(text: string, base?: URL): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
