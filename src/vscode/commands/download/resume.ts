/** “Resume Download”: pulls the model of an unfinished download, continuing where it stopped. */
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { IN_LOCAL, rowHas } from '../when.ts';
import { downloadOf } from './argument.ts';

export const resumeDownload = defineCommand({
  id: 'ociModels.download.resume',
  title: 'Resume Download',
  icon: 'cloud-download',
  when: `${IN_LOCAL} && ${rowHas('resumable')}`,
  menus: { 'view/item/context': ['inline@1', '1_run@1'] },
  palette: false,
  run,
});

/** @returns the result of the pull, or undefined. */
async function run({ models, pulls }: CommandServices, argument: unknown): Promise<unknown> {
  const reference = (await downloadOf(models, argument))?.reference;
  return reference === undefined ? undefined : pulls.pull(reference, { anyway: true });
}
