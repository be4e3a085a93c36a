/** Parses URLs out of untrusted text. */

/**
 * Parses `text` as a URL. Returns undefined if it is not one.
 *
 * `URL.canParse` is no substitute: for some hosts of several thousand characters it returns true in Node.js, and
 * `new URL` then throws a TypeError.
 * @param base the URL that a relative one is resolved against.
 */
export function parseUrl(text: string, base?: URL): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
