/** Docker Hub: names without an owner, an API host and a configuration key of its own. */
import { t } from '../../../base/l10n.ts';
import { isTag } from '../names.ts';
import { type RegistryHost, twoParts } from './host.ts';

const REGISTRY = 'docker.io';
/** The namespace of Docker's curated models: `gemma3` is `ai/gemma3`, as in Docker Model Runner. */
export const DOCKER_NAMESPACE = 'ai';
/** The namespace of Docker's official images, whose pages have an address of their own. */
const OFFICIAL = 'library';

/** `r/ai/smollm2/tags`, `_/redis`, `repository/docker/ai/smollm2/general`, `layers/ai/smollm2/latest/images/…`. */
function readPage([kind, ...rest]: readonly string[]): string | undefined {
  if (kind === '_') return rest[0] === undefined ? undefined : `${OFFICIAL}/${rest[0]}`;
  const [owner, name, tag] = kind === 'repository' && rest[0] === 'docker' ? rest.slice(1) : rest;
  const isRepository = kind === 'r' || kind === 'repository' || kind === 'layers';
  if (!isRepository || owner === undefined || name === undefined) return undefined;
  const hasTag = kind === 'layers' && tag !== undefined && isTag(tag);
  return `${owner}/${name}${hasTag ? `:${tag}` : ''}`;
}

/** `u/ai`, `r/ai`, `orgs/ai/repositories`. */
function readOwnerPage([kind = '', owner]: readonly string[]): string | undefined {
  return ['u', 'r', 'orgs'].includes(kind) ? owner : undefined;
}

/** See {@link REGISTRY}. */
export const dockerHub: RegistryHost = {
  registry: REGISTRY,
  title: 'Docker Hub',
  aliases: ['index.docker.io', 'registry-1.docker.io'],
  connectTo: 'registry-1.docker.io',
  sites: ['hub.docker.com'],
  readPage,
  readOwnerPage,
  page({ repository }) {
    const parts = twoParts(repository);
    if (parts === undefined) return undefined;
    const [owner, name] = parts;
    return `https://hub.docker.com/${owner === OFFICIAL ? `_/${name}` : `r/${repository}`}`;
  },
  completeRepository: (name, namespace = DOCKER_NAMESPACE) =>
    namespace === '' ? name : `${namespace}/${name}`,
  dockerKey: 'https://index.docker.io/v1/',
  namespaceNeeded: () => t('Docker Hub cannot list everything; add a namespace, such as docker.io/ai'),
};
