/** “Remove Registry”: takes a row out of the Registries view. Models that were pulled stay. */
import { settings } from '../../window/settings.ts';
import type { CommandServices } from '../command.ts';

export async function removeRegistry({ registriesView }: CommandServices, argument: unknown): Promise<void> {
  if (typeof argument !== 'object' || argument === null || !('text' in argument)) return;
  const { text } = argument;
  await settings.setRegistries(settings.registries().filter((entry) => entry !== text));
  registriesView.refresh();
}
