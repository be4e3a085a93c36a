/** “Refresh Registries”: asks all of them again. */
import type { CommandServices } from '../command.ts';

export async function refreshRegistries({ registriesView }: CommandServices): Promise<void> {
  registriesView.refresh();
}
