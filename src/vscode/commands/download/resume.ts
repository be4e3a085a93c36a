/** “Resume Download”: pulls the model of an unfinished download, which goes on where it stopped. */
import type { CommandServices } from '../command.ts';
import { downloadOf } from './argument.ts';

/** @returns what was pulled, or undefined. */
export async function resumeDownload(
  { models, pulls }: CommandServices,
  argument: unknown,
): Promise<unknown> {
  const reference = (await downloadOf(models, argument))?.reference;
  return reference === undefined ? undefined : pulls.pull(reference, { anyway: true });
}
