/** Quay: a plain registry whose pages share its host. */
import type { RegistryHost } from './host.ts';

const REGISTRY = 'quay.io';

/** `repository/org/model`, `repository/org/model/manifest/sha256:…`. Repositories may be nested. */
function readPage([kind, ...parts]: readonly string[]): string | undefined {
  if (kind !== 'repository' || parts.length < 2) return undefined;
  const digest = parts.at(-1) ?? '';
  const isManifest = parts.length > 3 && parts.at(-2) === 'manifest' && digest.includes(':');
  return isManifest ? `${parts.slice(0, -2).join('/')}@${digest}` : parts.join('/');
}

/** See {@link REGISTRY}. */
export const quay: RegistryHost = {
  registry: REGISTRY,
  title: 'Quay',
  aliases: [],
  sites: [REGISTRY],
  readPage,
  /** `organization/org`, `user/name`. */
  readOwnerPage: ([kind = '', owner]) => (['organization', 'user'].includes(kind) ? owner : undefined),
  page: ({ repository }) =>
    repository.includes('/') ? `https://${REGISTRY}/repository/${repository}` : undefined,
};
