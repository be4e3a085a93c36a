/** “Continue”: goes on with an answer that was cut off. */
import { defineCommand } from '../defineCommand.ts';
import { askLocal } from './include.ts';

export const continueAnswer = defineCommand({
  id: 'ociModels.chat.continue',
  title: 'Continue',
  palette: false,
  run: async () => askLocal('', 'continue'),
});
