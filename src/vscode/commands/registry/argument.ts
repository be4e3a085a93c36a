/** Finds the registry that a command refers to: from its row, from an error's button, or by asking. */
import { ModelError } from '../../../base/error.ts';
import { t } from '../../../base/l10n.ts';
import { quoted } from '../../../base/text.ts';
import { canonicalRegistry, hostOfSite, isRegistryHost, loginRefusal } from '../../../oci/index.ts';
import { property } from '../property.ts';

/**
 * Extracts the host from text that a person types or pastes: `ghcr.io`, `https://ghcr.io/v2/`, `ghcr.io/org`,
 * `hub.docker.com`.
 * @throws ModelError `reference-invalid`.
 */
export function parseHost(text: string): string {
  // A password must reach neither a message nor the log.
  if (text.includes('@')) throw new ModelError('reference-invalid', loginRefusal());
  const withoutScheme = text.trim().replace(/^[a-z][a-z0-9+.-]*:\/\//i, '');
  const host = (withoutScheme.split('/', 1)[0] ?? '').toLowerCase();
  if (isRegistryHost(host)) return hostOfSite(host)?.registry ?? canonicalRegistry(host);
  const message = t(
    '{0} is not the host of a registry. Write it like ghcr.io or localhost:5000.',
    quoted(text, 120),
  );
  throw new ModelError('reference-invalid', message);
}

/** Returns the registry of a row of the Registries view, or of a text; undefined for anything else. */
export function registryOf(argument: unknown): string | undefined {
  const host =
    typeof argument === 'string'
      ? argument
      : (property(property(argument, 'entry'), 'host') ?? property(argument, 'registry'));
  return typeof host === 'string' ? parseHost(host) : undefined;
}
