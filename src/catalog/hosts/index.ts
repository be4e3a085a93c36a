/** The table of hosts with lists of their own. A new one is a file beside this one and a line here. */
import type { CatalogHost } from './catalogHost.ts';
import { dockerHub } from './dockerHub.ts';
import { huggingFace } from './huggingFace.ts';
import { ollama } from './ollama.ts';
import { plain } from './plain.ts';
import { quay } from './quay.ts';

export type { CatalogHost, ListedRepository, ListingOptions, Offer } from './catalogHost.ts';

/** Hosts that are not listed by the distribution API alone. */
export const HOSTS: readonly CatalogHost[] = [dockerHub, huggingFace, ollama, quay];

/** Returns the lists of a registry. */
export function catalogHost(registry: string): CatalogHost {
  return HOSTS.find((host) => host.registry === registry) ?? plain(registry);
}
