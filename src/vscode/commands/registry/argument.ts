/** Which registry a command is about: from the row it was started on, from an error's button, or asked for. */
import { ModelError } from '../../../base/error.ts';
import { canonicalRegistry, hostOfSite, isRegistryHost } from '../../../oci/index.ts';
import { property } from '../property.ts';

/**
 * The host in what a person types or pastes: `ghcr.io`, `https://ghcr.io/v2/`, `ghcr.io/org`, `hub.docker.com`.
 * @throws ModelError `reference-invalid`.
 */
export function parseHost(text: string): string {
  const withoutScheme = text.trim().replace(/^[a-z][a-z0-9+.-]*:\/\//i, '');
  const host = (withoutScheme.split('/', 1)[0] ?? '').toLowerCase();
  if (isRegistryHost(host)) return hostOfSite(host)?.registry ?? canonicalRegistry(host);
  const message = `“${text.trim().slice(0, 120)}” is not the host of a registry. Write it as ghcr.io or localhost:5000.`;
  throw new ModelError('reference-invalid', message);
}

/** The registry of a row of the Registries view, or of a text; undefined for anything else. */
export function registryOf(argument: unknown): string | undefined {
  const host =
    typeof argument === 'string'
      ? argument
      : (property(property(argument, 'entry'), 'host') ?? property(argument, 'registry'));
  return typeof host === 'string' ? parseHost(host) : undefined;
}
