/** “Turn Code Completions On”: with the model that was chosen before, or one that is chosen now. */
import { defineCommand } from '../defineCommand.ts';
import { CAN_ANSWER, COMPLETIONS } from '../when.ts';
import { chooseForCompletions } from './choose.ts';

export const turnCompletionsOn = defineCommand({
  id: 'ociModels.completion.turnOn',
  title: 'Turn Code Completions On',
  palette: `!${COMPLETIONS} && ${CAN_ANSWER}`,
  run: async (services) => {
    const { models } = services;
    if ((await models.turnedOff('completion')) !== undefined) await models.turn('completion', true);
    else if ((await models.choice('completion')) === undefined)
      await chooseForCompletions.run(services, undefined);
  },
});
