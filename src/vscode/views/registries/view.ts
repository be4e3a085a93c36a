/** The context that the rows of the Registries view share. */
import type { Log } from '../../../base/log.ts';
import type { Catalogue, Inspector, RegistryEntry } from '../../../catalog/index.ts';
import type { Session } from '../../../session/index.ts';
import type { ArchitectureQuery } from '../../runnability.ts';
import type { Machine } from '../../window/machine.ts';
import type { SavedLogins } from '../../window/savedLogins.ts';
import type { LocalIds } from './localIds.ts';
import type { Recommendations } from './recommendations.ts';

export interface RegistriesViewServices {
  readonly catalogue: Catalogue;
  readonly models: Session;
  readonly inspector: Inspector;
  readonly machine: Machine;
  /** Asked for tooltips; without it, they do not say if an architecture is known. */
  readonly architectures?: ArchitectureQuery | undefined;
  /** Tells where a sign-out is possible. Defaults to nowhere. */
  readonly logins?: Pick<SavedLogins, 'has' | 'onDidChange'> | undefined;
  readonly log: Log;
}

export interface RegistriesRows extends RegistriesViewServices {
  readonly recommendations: Recommendations;
  readonly localIds: LocalIds;
  /** Text that a repository's name or description has to contain; empty for all. */
  readonly filter: string;
}

/**
 * The place of a repository in the view, for ids of rows, which VS Code wants to be there once: the same repository may
 * be below a registry and a part of it, such as `ghcr.io/org` and `ghcr.io/org/model`.
 */
export function pathOf({ host, namespace = '' }: RegistryEntry, repository: string): string {
  return `${host}/${namespace}>${repository}`;
}
