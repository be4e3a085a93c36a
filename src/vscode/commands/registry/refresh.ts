/** “Refresh Registries”, and “Retry” on a row that failed. */
import type { RegistriesNode } from '../../views/registriesView.ts';
import type { CommandServices } from '../command.ts';

export async function refreshRegistries(
  { registriesView }: CommandServices,
  argument: unknown,
): Promise<void> {
  const isNode = typeof argument === 'object' && argument !== null && 'kind' in argument;
  registriesView.refresh(isNode ? (argument as RegistriesNode) : undefined);
}
