/** The chat participant `@local`, which answers with a model on this machine. */
import * as vscode from 'vscode';
import { slashCommand } from '../../assist/index.ts';
import { asModelError } from '../../base/error.ts';
import type { Log } from '../../base/log.ts';
import { markdownText } from '../../base/text.ts';
import { commandOf } from '../window/buttons.ts';
import { describeForLog, explain, messageOf } from '../window/errors.ts';
import { answerTurn, type ChatServices } from './chatTurn.ts';
import { metadataOf } from './context.ts';

const PARTICIPANT_ID = 'ociModels.local';

/** Registers `@local` if this editor has a chat. */
export function registerParticipant(services: ChatServices): vscode.Disposable {
  // Forks may lack the chat view; everything else works there.
  if (vscode.chat?.createChatParticipant === undefined) return new vscode.Disposable(() => {});
  const handler: vscode.ChatRequestHandler = async (request, context, stream, token) => {
    try {
      return await answerTurn(services, { request, context, stream, token });
    } catch (error) {
      return failure(error, stream, services.log);
    }
  };
  const participant = vscode.chat.createChatParticipant(PARTICIPANT_ID, handler);
  participant.iconPath = new vscode.ThemeIcon('package');
  participant.followupProvider = { provideFollowups: (result) => followUps(result) };
  return participant;
}

function followUps(result: vscode.ChatResult): vscode.ChatFollowup[] {
  const { command: name, stopReason } = metadataOf(result);
  const command = stopReason === 'end' ? slashCommand(name) : undefined;
  if (command?.kind !== 'ask') return [];
  return (command.followUps ?? []).map((followUp) => {
    return { prompt: '', label: followUp.label(), command: followUp.command };
  });
}

/** Answers with the reason for a failure and the buttons that repair it. */
function failure(error: unknown, stream: vscode.ChatResponseStream, log: Log): vscode.ChatResult {
  const known = asModelError(error, 'engine-error', messageOf(error));
  const explanation = explain(known);
  if (explanation === undefined) return { metadata: { stopReason: 'cancelled' } };
  log.error(describeForLog(error));
  for (const repair of explanation.repairs) stream.button(commandOf(repair));
  // VS Code renders it as Markdown.
  return { errorDetails: { message: markdownText(explanation.message) }, metadata: { code: known.code } };
}
