/** Entries of the setting that lists registries: a host, with a namespace or a repository where wanted. */
import { ModelError } from '../base/error.ts';
import {
  canonicalRegistry,
  DOCKER_HUB,
  expandShorthand,
  HUGGING_FACE,
  isHuggingFaceName,
  isRegistryHost,
  isRepositoryName,
  LOGIN_REFUSAL,
} from '../oci/index.ts';

/** A registry, or a part of it. */
export interface RegistryEntry {
  /** As it stands in references: `docker.io`, `ghcr.io`, `localhost:5000`. */
  readonly host: string;
  /** A namespace such as `ai`, or a whole repository such as `org/model`; undefined for all of the host. */
  readonly namespace: string | undefined;
}

function invalid(text: string, reason: string): ModelError {
  const shown = text.length > 120 ? `${text.slice(0, 120)}…` : text;
  return new ModelError('reference-invalid', `“${shown}” is not a registry: ${reason}.`);
}

/**
 * Reads an entry such as `docker.io/ai`, `localhost:5000` or `ghcr.io/org/model`. A single word without a dot
 * or a port is a namespace of Docker Hub, which has no list of everything.
 * @throws ModelError `reference-invalid`, with what is wrong.
 */
export function parseRegistryEntry(text: string): RegistryEntry {
  if (text.includes('@')) throw new ModelError('reference-invalid', LOGIN_REFUSAL);
  const trimmed = expandShorthand(text.trim()).replace(/\/+$/, '');
  if (trimmed === '') throw invalid(text, 'nothing is named; write a host such as ghcr.io/org');
  const slash = trimmed.indexOf('/');
  const first = slash < 0 ? trimmed : trimmed.slice(0, slash);
  const isHost = first === 'localhost' || /[.:]/.test(first);
  const host = isHost ? canonicalRegistry(first.toLowerCase()) : DOCKER_HUB;
  const namespace = isHost ? (slash < 0 ? undefined : trimmed.slice(slash + 1)) : trimmed;
  if (!isRegistryHost(host)) throw invalid(text, `“${first}” is not a host name`);
  const isName = host === HUGGING_FACE ? isHuggingFaceName : isRepositoryName;
  if (namespace !== undefined && !isName(namespace)) {
    throw invalid(
      text,
      `“${namespace}” is not a namespace, which is lower-case letters and digits without a tag`,
    );
  }
  if (host === DOCKER_HUB && namespace === undefined) {
    throw invalid(text, 'Docker Hub has no list of everything; name a namespace, such as docker.io/ai');
  }
  return { host, namespace };
}
