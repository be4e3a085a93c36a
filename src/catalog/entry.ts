/** Entries of the setting that lists registries: a host, optionally with a namespace or a repository. */
import { ModelError } from '../base/error.ts';
import { type Localized, t } from '../base/l10n.ts';
import {
  canonicalRegistry,
  DEFAULTS,
  expandPlace,
  hostOf,
  isRegistryHost,
  loginRefusal,
  namesOn,
} from '../oci/index.ts';

/** A registry, or a part of it. */
export interface RegistryEntry {
  /** The registry as in references: `docker.io`, `ghcr.io`, `localhost:5000`. */
  readonly host: string;
  /** A namespace such as `ai`, or a whole repository such as `org/model`; undefined for all of the host. */
  readonly namespace: string | undefined;
}

function invalid(text: string, reason: Localized): ModelError {
  const shown = text.length > 120 ? `${text.slice(0, 120)}…` : text;
  return new ModelError('reference-invalid', t('“{0}” is not a registry: {1}.', shown, reason));
}

/** Writes an entry as {@link parseRegistryEntry} reads it: `docker.io/ai`. */
export function formatRegistryEntry({ host, namespace }: RegistryEntry): string {
  return namespace === undefined ? host : `${host}/${namespace}`;
}

/**
 * Parses an entry such as `docker.io/ai`, `localhost:5000` or `ghcr.io/org/model`. A single word without a dot
 * or a port is a namespace of the default registry.
 * @throws ModelError `reference-invalid`.
 */
export function parseRegistryEntry(text: string): RegistryEntry {
  if (text.includes('@')) throw new ModelError('reference-invalid', loginRefusal());
  const trimmed = expandPlace(text.trim()).replace(/\/+$/, '');
  if (trimmed === '') throw invalid(text, t('type a host, such as ghcr.io/org'));
  const slash = trimmed.indexOf('/');
  const first = slash < 0 ? trimmed : trimmed.slice(0, slash);
  const isHost = first === 'localhost' || /[.:]/.test(first);
  const host = isHost ? canonicalRegistry(first.toLowerCase()) : DEFAULTS.registry;
  const namespace = isHost ? (slash < 0 ? undefined : trimmed.slice(slash + 1)) : trimmed;
  if (!isRegistryHost(host)) throw invalid(text, t('“{0}” is not a host name', first));
  const [, port = ''] = /:(\d+)$/.exec(host) ?? [];
  if (Number(port) > 65_535) throw invalid(text, t('port {0} is larger than 65535', port));
  if (namespace !== undefined && !namesOn(host).isNamespace(namespace)) {
    const lower = namespace.toLowerCase();
    if (namesOn(host).isNamespace(lower))
      throw invalid(
        text,
        t(
          'its name has upper-case letters, which must be lower-case; write “{0}”',
          isHost ? `${host}/${lower}` : lower,
        ),
      );
    throw invalid(
      text,
      t('“{0}” is not a namespace, which is lower-case letters and digits without a tag', namespace),
    );
  }
  const needed = namespace === undefined ? hostOf(host)?.namespaceNeeded?.() : undefined;
  if (needed !== undefined) throw invalid(text, needed);
  return { host, namespace };
}
