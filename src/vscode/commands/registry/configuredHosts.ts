/** The hosts of the registries in the view. */
import { parseRegistryEntry } from '../../../catalog/index.ts';
import { settings } from '../../window/settings.ts';

/** Returns each host once, without entries that cannot be read, whose flaw the view shows. */
export function configuredHosts(): string[] {
  const hosts = settings.registries().flatMap((text) => {
    try {
      return [parseRegistryEntry(text).host];
    } catch {
      return [];
    }
  });
  return [...new Set(hosts)];
}
