/**
 * Local models in VS Code's own chat, without an account. That chat asks for a sign-in as long as its built-in extension
 * is turned off, which it is in every new profile; “Chat: Manage Language Models” turns it on.
 */
import * as vscode from 'vscode';
import { type Localized, t } from '../../base/l10n.ts';
import type { Session } from '../../session/index.ts';
import type { Memory } from '../window/recentTexts.ts';
import { VENDOR } from './modelInformation.ts';

const BUILT_IN = 'GitHub.copilot-chat';
const TURN_ON = 'workbench.action.chat.manage';
/** Milliseconds that VS Code may take to start its chat extension; it takes about four seconds. */
const START_MS = 60_000;
const OFFERED = 'chat.nativeOffered';

/** Tells if VS Code's own chat extension is turned on in this profile. */
export function isBuiltInChatOn(): boolean {
  return vscode.extensions.getExtension(BUILT_IN) !== undefined;
}

function isBuiltInChatStarted(): boolean {
  return vscode.extensions.getExtension(BUILT_IN)?.isActive === true;
}

/** A thing that must be so before a local model answers in VS Code's chat. */
interface Link {
  readonly isWhole: () => boolean | Promise<boolean>;
  /** Says what is not so, and what to do. */
  readonly problem: () => Localized;
}

function setting(name: string): unknown {
  return vscode.workspace.getConfiguration('chat').get(name);
}

/** The chain from a model on this machine to VS Code's model picker. */
function untilPicker(models: Session): readonly Link[] {
  return [
    {
      isWhole: () => vscode.lm?.registerLanguageModelChatProvider !== undefined,
      problem: () => t('This editor takes no models of extensions. Use @local, or update the editor.'),
    },
    {
      isWhole: () => setting('disableAIFeatures') !== true,
      problem: () => t('The setting chat.disableAIFeatures turns VS Code’s chat off. Remove it first.'),
    },
    {
      isWhole: () => vscode.workspace.isTrusted,
      problem: () => t('VS Code offers no models in a workspace that is not trusted. Trust it first.'),
    },
    {
      isWhole: async () => (await models.usable()).length > 0,
      problem: () => t('There is no model on this machine that can chat. Pull one first.'),
    },
    {
      isWhole: async () => {
        const ids = new Set((await models.usable()).map(({ id }) => id));
        return (await vscode.lm.selectChatModels({ vendor: VENDOR })).some(({ id }) => ids.has(id));
      },
      problem: () => t('VS Code does not list the local models. Reload the window.'),
    },
  ];
}

/** The rest of the chain, which {@link turnOnBuiltInChat} mends. */
function builtInChat(): readonly Link[] {
  return [
    {
      isWhole: isBuiltInChatOn,
      problem: () => t('VS Code’s own chat is turned off in this profile.'),
    },
    {
      isWhole: isBuiltInChatStarted,
      problem: () => t('VS Code’s own chat is turned on and has not started. Reload the window.'),
    },
  ];
}

async function firstBroken(chain: readonly Link[]): Promise<Localized | undefined> {
  for (const { isWhole, problem } of chain) if (!(await isWhole())) return problem();
  return undefined;
}

/** Returns the first broken link of the chain in words, or undefined if local models answer in VS Code's chat. */
export async function firstBrokenLink(models: Session): Promise<Localized | undefined> {
  return firstBroken([...untilPicker(models), ...builtInChat()]);
}

/** Returns what stands in the way that turning the built-in chat on would not mend, or undefined. */
export async function obstacle(models: Session): Promise<Localized | undefined> {
  return firstBroken(untilPicker(models));
}

/** Turns VS Code's own chat on, which also opens its page of models, and waits until it has started. */
export async function turnOnBuiltInChat(): Promise<void> {
  await vscode.commands.executeCommand(TURN_ON);
  for (let waited = 0; waited < START_MS && !isBuiltInChatStarted(); waited += 100) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Says which models VS Code uses for titles and summaries. */
export function utilityModels(): Localized {
  const names = [setting('utilityModel'), setting('utilitySmallModel')];
  const chosen = names.filter((name) => typeof name === 'string' && name !== '');
  if (chosen.length > 0) return t('VS Code’s utility models (titles, summaries): {0}.', chosen.join(', '));
  return t(
    'VS Code’s utility models, which write titles and summaries, are not local: they need an account, and use GitHub’s servers if you sign in. The settings chat.utilityModel and chat.utilitySmallModel choose others.',
  );
}

/** Offers the set-up once on this machine. */
export class NativeChatOffer {
  readonly #memory: Memory;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** Returns true the first time that it would help. */
  async take(): Promise<boolean> {
    if (isBuiltInChatOn() || this.#memory.get(OFFERED) === true) return false;
    await this.#memory.update(OFFERED, true);
    return true;
  }
}
