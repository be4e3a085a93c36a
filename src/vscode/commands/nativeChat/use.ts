/** “Use Local Models in VS Code's Chat…”: explains what will happen, does it, and checks that it works. */
import { ModelError } from '../../../base/error.ts';
import { asLocalized, t } from '../../../base/l10n.ts';
import { firstBrokenLink, obstacle, turnOnBuiltInChat, utilityModels } from '../../chat/nativeChat.ts';
import { offer, openUtilitySettings } from '../../window/buttons.ts';
import { confirm, showInfo, withProgress } from '../../window/notify.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { CAN_ANSWER } from '../when.ts';

export const useInNativeChat = defineCommand({
  id: 'ociModels.nativeChat.use',
  title: 'Use Local Models in VS Code’s Chat…',
  palette: CAN_ANSWER,
  run,
});

async function run({ models, chat }: CommandServices): Promise<void> {
  const before = await obstacle(models);
  if (before !== undefined) throw new ModelError('unsupported-artifact', before);
  if ((await firstBrokenLink(models)) !== undefined && !(await turnOn())) return;
  const broken = await firstBrokenLink(models);
  if (broken !== undefined) throw new ModelError('engine-error', broken);
  await chat.showInPicker();
  const done = t('Local models answer in VS Code’s chat, without @local.');
  // Two sentences that are localized.
  await offer(showInfo, asLocalized(`${done} ${utilityModels()}`), openUtilitySettings());
}

/** @returns false if the user does not want it. */
async function turnOn(): Promise<boolean> {
  const steps = [
    t(
      '• VS Code’s own chat is turned on in this profile. It is a part of VS Code named GitHub Copilot Chat.',
    ),
    t('• Its page “Language Models” opens, which you can close.'),
    t('• The model that answers for @local is chosen in the chat’s model picker.'),
    t('• No account is needed, and what you ask a local model stays on this machine.'),
    `• ${utilityModels()}`,
    t('To undo it, disable the extension GitHub Copilot Chat in the Extensions view.'),
  ];
  // Sentences that are localized.
  const page = asLocalized(steps.join('\n'));
  if (!(await confirm(t('Use local models in VS Code’s own chat?'), t('Turn On'), page))) return false;
  await withProgress(t('Starting VS Code’s chat…'), () => turnOnBuiltInChat());
  return true;
}
