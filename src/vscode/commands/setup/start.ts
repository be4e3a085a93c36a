/** “Set Up Local Coding Help”: proposes, pulls and loads models for this machine, and asks a first question. */
import { askFirstQuestion, setUp } from '../../setup/setup.ts';
import { showError } from '../../window/errors.ts';
import { chooseForCompletions } from '../completion/choose.ts';
import { defineCommand } from '../defineCommand.ts';
import { loadModel } from '../model/load.ts';
import type { CommandServices } from '../services.ts';

export const startSetup = defineCommand({
  id: 'ociModels.setup.start',
  title: 'Set Up Local Coding Help',
  icon: 'rocket',
  run,
});

/** @returns the full names of the models that were set up, or undefined. */
async function run(services: CommandServices): Promise<unknown> {
  const done = await setUp(services, async (id) => {
    try {
      await chooseForCompletions.run(services, id);
    } catch (error) {
      // Chats do not need it.
      showError(error, services.output);
    }
  });
  if (done?.chat !== undefined) {
    await loadModel.run(services, done.chat);
    await askFirstQuestion();
  }
  return done;
}
