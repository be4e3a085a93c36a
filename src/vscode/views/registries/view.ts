/** The context that the rows of the Registries view share. */
import type { Log } from '../../../base/log.ts';
import type { Inspector } from '../../../catalog/index.ts';
import type { RegistryClient } from '../../../oci/index.ts';
import type { Session } from '../../../session/index.ts';
import type { ArchitectureQuery } from '../../runnability.ts';
import type { Machine } from '../../window/machine.ts';
import type { Recommendations } from './recommendations.ts';

export interface RegistriesViewServices {
  readonly registry: () => RegistryClient;
  readonly models: Session;
  readonly inspector: Inspector;
  readonly machine: Machine;
  /** Asked for tooltips; without it, they do not say if an architecture is known. */
  readonly architectures?: ArchitectureQuery | undefined;
  readonly log: Log;
}

export interface RegistriesRows extends RegistriesViewServices {
  readonly recommendations: Recommendations;
}
