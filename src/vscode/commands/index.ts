/** The table of commands: one file for each, `commands/<noun>/<verb>.ts`. */
import * as vscode from 'vscode';
import { type CommandHandler, type CommandServices, registerCommand } from './command.ts';
import { removeDownload } from './download/remove.ts';
import { resumeDownload } from './download/resume.ts';
import { acceptInlineChat } from './inlineChat/accept.ts';
import { discardInlineChat } from './inlineChat/discard.ts';
import { startInlineChat } from './inlineChat/start.ts';
import { chatWithModel } from './model/chat.ts';
import { copyModelPath } from './model/copyPath.ts';
import { copyReference } from './model/copyReference.ts';
import { copyVllmCommand } from './model/copyVllmCommand.ts';
import { deleteModel } from './model/delete.ts';
import { exportForVllm } from './model/exportVllm.ts';
import { importModels } from './model/import.ts';
import { inspectModel } from './model/inspect.ts';
import { loadModel } from './model/load.ts';
import { pullModelCommand } from './model/pull.ts';
import { revealModel } from './model/reveal.ts';
import { saveModelCopy } from './model/saveCopy.ts';
import { selectModel } from './model/select.ts';
import { unloadModel } from './model/unload.ts';
import { verifyModels } from './model/verify.ts';
import { addRegistry } from './registry/add.ts';
import { refreshRegistries } from './registry/refresh.ts';
import { removeRegistry } from './registry/remove.ts';
import { signInToRegistry } from './registry/signIn.ts';
import { signOutOfRegistry } from './registry/signOut.ts';
import { retry } from './view/retry.ts';

export type { CommandServices } from './command.ts';

const COMMANDS: Readonly<Record<string, CommandHandler>> = {
  'ociModels.model.pull': pullModelCommand,
  'ociModels.model.pullAgain': pullModelCommand,
  'ociModels.model.inspect': inspectModel,
  'ociModels.model.load': loadModel,
  'ociModels.model.unload': unloadModel,
  'ociModels.model.select': selectModel,
  'ociModels.model.delete': deleteModel,
  'ociModels.model.copyReference': copyReference,
  'ociModels.model.chat': chatWithModel,
  'ociModels.model.verify': verifyModels,
  'ociModels.download.resume': resumeDownload,
  'ociModels.download.remove': removeDownload,
  'ociModels.model.import': importModels,
  'ociModels.model.reveal': revealModel,
  'ociModels.model.copyPath': copyModelPath,
  'ociModels.model.saveCopy': saveModelCopy,
  'ociModels.model.copyVllmCommand': copyVllmCommand,
  'ociModels.model.exportForVllm': exportForVllm,
  'ociModels.registry.add': addRegistry,
  'ociModels.registry.remove': removeRegistry,
  'ociModels.registry.refresh': refreshRegistries,
  'ociModels.view.retry': retry,
  'ociModels.registry.signIn': signInToRegistry,
  'ociModels.registry.signOut': signOutOfRegistry,
  'ociModels.inlineChat.start': startInlineChat,
  'ociModels.inlineChat.accept': acceptInlineChat,
  'ociModels.inlineChat.discard': discardInlineChat,
  'ociModels.log.show': async ({ output }) => output.show(),
};

/** Registers every command of the table. */
export function registerCommands(services: CommandServices): vscode.Disposable {
  const registrations = Object.entries(COMMANDS).map(([id, handler]) =>
    registerCommand(id, handler, services),
  );
  return vscode.Disposable.from(...registrations);
}
