/** The table of registry hosts that are not plain registries. A new one is a file in `hosts/` and a line here. */
import { dockerHub } from './hosts/dockerHub.ts';
import type { HostNames, RegistryHost } from './hosts/host.ts';
import { huggingFace } from './hosts/huggingFace.ts';
import { ollama } from './hosts/ollama.ts';
import { quay } from './hosts/quay.ts';
import { isRepositoryName, isTag } from './names.ts';

/** All hosts of the table. */
export const REGISTRY_HOSTS: readonly RegistryHost[] = [dockerHub, huggingFace, ollama, quay];

type Entry = readonly [key: string, host: RegistryHost];

const BY_NAME: ReadonlyMap<string, RegistryHost> = new Map(
  REGISTRY_HOSTS.flatMap((host) => [host.registry, ...host.aliases].map((name): Entry => [name, host])),
);
const BY_SITE: ReadonlyMap<string, RegistryHost> = new Map(
  REGISTRY_HOSTS.flatMap((host) => host.sites.map((site): Entry => [site, host])),
);
const SCHEMES: ReadonlyMap<string, (rest: string) => string> = new Map(
  REGISTRY_HOSTS.flatMap(({ schemes = {} }) => Object.entries(schemes)),
);

/** Returns what is special about a registry, or undefined if it is a plain one. @param registry in any case. */
export function hostOf(registry: string): RegistryHost | undefined {
  return BY_NAME.get(registry.toLowerCase());
}

/** Returns the host that has its web pages at `site`, or undefined. @param site in any case. */
export function hostOfSite(site: string): RegistryHost | undefined {
  return BY_SITE.get(site.toLowerCase());
}

/** Returns the expansion of a scheme that belongs to a host, or undefined. @param scheme in lower case. */
export function schemeOf(scheme: string): ((rest: string) => string) | undefined {
  return SCHEMES.get(scheme);
}

/** Returns the registry that a host means: `docker.io` for `index.docker.io`; `host` itself if it has no alias. */
export function canonicalRegistry(host: string): string {
  return hostOf(host)?.registry ?? host;
}

/** The grammar of the distribution API, without the texts that reference.ts has for it. */
const PLAIN: Omit<HostNames, 'repositoryRule'> & { readonly repositoryRule?: HostNames['repositoryRule'] } = {
  isRepository: isRepositoryName,
  isNamespace: isRepositoryName,
  isTag,
};

/** Returns the grammar of names on a registry. */
export function namesOn(registry: string): typeof PLAIN {
  return hostOf(registry)?.names ?? PLAIN;
}
