/** “Copy vLLM Command…”: copies the command that serves a model on one GPU, several, or a cluster. */
import * as vscode from 'vscode';
import { t } from '../../../base/l10n.ts';
import { VLLM_URL, type VllmSetup, vllmCommand } from '../../../export/index.ts';
import { type ListedModel, rowLabel } from '../../../session/index.ts';
import { addEndpoint, offer } from '../../window/buttons.ts';
import { pickOne, showInfo } from '../../window/notify.ts';
import { defineCommand } from '../defineCommand.ts';
import type { CommandServices } from '../services.ts';
import { IN_LOCAL, rowHas } from '../when.ts';
import { chooseModel, partsOf } from './modelFiles.ts';

export const copyVllmCommand = defineCommand({
  id: 'ociModels.model.copyVllmCommand',
  title: 'Copy vLLM Command…',
  when: `${IN_LOCAL} && ${rowHas('safetensors', 'loaded', 'loading', 'unloaded')}`,
  menus: { 'view/item/context': ['5_copy@3'] },
  palette: false,
  run,
});

/** @returns the command, or undefined. */
async function run(services: CommandServices, argument: unknown): Promise<string | undefined> {
  const model = await chooseModel(services, argument, t('Copy vLLM Command'));
  if (model === undefined) return undefined;
  const parts = (await partsOf(services, model)).filter(({ path }) => isServed(model, path));
  // Throws an error for a model that vLLM cannot load, before anything is asked.
  const { label } = rowLabel(model);
  vllmCommand(parts, label);
  const setup = await askForSetup();
  if (setup === undefined) return undefined;
  const command = vllmCommand(parts, label, setup);
  await vscode.env.clipboard.writeText(command);
  const message = t(
    'Copied the command that serves {0}. Add its endpoint when the server runs.',
    model.label,
  );
  void offer(showInfo, message, addEndpoint(VLLM_URL));
  return command;
}

/** Of a model in GGUF only the file that runs is served, and no projector beside it. */
function isServed({ format, modelPath }: ListedModel, path: string): boolean {
  return format === 'safetensors' || path === modelPath;
}

async function askForSetup(): Promise<VllmSetup | undefined> {
  const choices: readonly { setup: VllmSetup; label: string; detail: string }[] = [
    { setup: 'one-gpu', label: t('One GPU'), detail: t('The model fits into the memory of one GPU.') },
    {
      setup: 'several-gpus',
      label: t('All GPUs of One Machine'),
      detail: t('Each layer is divided among them.'),
    },
    {
      setup: 'ray-cluster',
      label: t('Several Machines with Ray'),
      detail: t('Layers are divided among the GPUs of a machine, and machines take turns.'),
    },
  ];
  return (await pickOne(choices, { title: t('Where Will vLLM Run?') }))?.setup;
}
