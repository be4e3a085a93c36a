/** “Retry” on a row that says what failed, in either view. */
import type { RegistriesNode } from '../../views/registriesView.ts';
import type { CommandServices } from '../command.ts';

export async function retry({ registriesView, models }: CommandServices, argument: unknown): Promise<void> {
  const isRegistryRow = typeof argument === 'object' && argument !== null && 'parent' in argument;
  if (isRegistryRow) registriesView.refresh(argument as RegistriesNode);
  else models.refresh();
}
