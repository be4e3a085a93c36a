/**
 * The check of Host headers. A web page can resolve its own name to 127.0.0.1 (DNS rebinding) and then read the
 * responses from there. The browser still sends the page's name in Host, and that is refused.
 */

/** `localhost:5000` → `localhost`, `[::1]:5000` → `::1`. */
function hostName(header: string): string {
  const [, bracketed, plain] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s]+))(?::\d+)?$/.exec(header) ?? [];
  return (bracketed ?? plain ?? '').toLowerCase();
}

/**
 * Tells whether a request may be answered. @param header its Host header. @param configured the host that the server
 * listens on.
 */
export function isAllowedHost(header: string | undefined, configured: string): boolean {
  const name = hostName(header ?? '');
  if (name === '') return false;
  return (
    name === 'localhost' ||
    name === '::1' ||
    /^127(?:\.\d{1,3}){3}$/.test(name) ||
    name === configured.toLowerCase()
  );
}
