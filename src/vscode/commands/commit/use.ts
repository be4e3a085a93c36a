/** “Use as Commit Message”: puts the message of an answer into the box of Source Control. */
import { commitMessageOf } from '../../../assist/index.ts';
import { useCommitMessage } from '../../chat/commitMessage.ts';
import { defineCommand } from '../defineCommand.ts';

export const useMessage = defineCommand({
  id: 'ociModels.commit.use',
  title: 'Use as Commit Message',
  palette: false,
  run: async (_, argument) => {
    if (typeof argument === 'string') await useCommitMessage(commitMessageOf(argument));
  },
});
