/** The chat participant `@local`, which answers with a model on this machine. */
import * as vscode from 'vscode';
import { buildChatMessages } from '../../assist/index.ts';
import { asModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import { markdownText } from '../../base/text.ts';
import type { RequestPurpose } from '../../inference/index.ts';
import { type AnsweringModel, isEndpointModel, type ReadyEngine, type Session } from '../../session/index.ts';
import { ask } from '../ask.ts';
import { abortSignalOf } from '../window/cancellation.ts';
import { describeForLog, explain, messageOf } from '../window/errors.ts';
import { attachedReferences, editorSelection, historyMessages } from './context.ts';
import { VENDOR } from './modelProvider.ts';

const PARTICIPANT_ID = 'ociModels.local';

/** Registers `@local` if this editor has a chat. */
export function registerParticipant(models: Session, log: Log): vscode.Disposable {
  // Forks may lack the chat view; everything else works there.
  if (vscode.chat?.createChatParticipant === undefined) return new vscode.Disposable(() => {});
  const services = { models, log, picker: new PickerChoice() };
  const participant = vscode.chat.createChatParticipant(PARTICIPANT_ID, (request, context, stream, token) =>
    answer(services, request, context, stream, token),
  );
  participant.iconPath = new vscode.ThemeIcon('package');
  return participant;
}

interface ChatServices {
  readonly models: Session;
  readonly log: Log;
  readonly picker: PickerChoice;
}

async function answer(
  { models, log, picker }: ChatServices,
  request: vscode.ChatRequest,
  context: vscode.ChatContext,
  stream: vscode.ChatResponseStream,
  token: vscode.CancellationToken,
): Promise<vscode.ChatResult> {
  const signal = abortSignalOf(token);
  try {
    const model = await picker.resolve(models, request.model);
    const ready = await readyEngine(models, model, stream, signal);
    const messages = buildChatMessages({
      // A publisher's own system prompt suits the model best.
      system: ready.defaults.system,
      history: historyMessages(context),
      prompt: request.prompt,
      references: await attachedReferences(request.references, log),
      selection: editorSelection(request.references),
    });
    const result = await ask(ready, messages, {
      signal,
      onText: (text) => stream.markdown(text),
      onEvent: (event) => {
        if (event.type === 'waiting') stream.progress(waitingText(event.for));
        else if (event.type === 'note') stream.progress(markdownText(event.text));
      },
      onDropped: (what) => stream.progress(t('Left out: {0}', markdownText(what))),
    });
    log.info(
      `@local, ${model.id}: ${result.promptTokens} tokens asked, ${result.answerTokens} answered, ` +
        `first text after ${Math.round(result.firstTextMs ?? 0)} ms, ${Math.round(result.totalMs)} ms in all, ${result.stopReason}.`,
    );
    if (result.stopReason === 'loop') {
      stream.markdown(
        `\n\n*${t('The answer was stopped because it only repeated itself. Ask in other words, or choose a larger model.')}*`,
      );
    } else if (result.stopReason === 'length') {
      stream.markdown(`\n\n*${t('The answer was cut off at {0} tokens.', result.answerTokens)}*`);
    }
    return { metadata: { model: model.id, stopReason: result.stopReason } };
  } catch (error) {
    return failure(error, stream, log);
  }
}

function waitingText(purpose: RequestPurpose): string {
  if (purpose === 'edit') return t('Waiting for an edit…');
  return purpose === 'chat' ? t('Waiting for another answer…') : t('Waiting for a completion…');
}

/**
 * Finds out if the user picked a model in the picker. The model chosen last answers, wherever it was chosen. The
 * picker's first value is VS Code's default rather than a choice; only a change of it is one.
 */
class PickerChoice {
  #last: string | undefined;

  async resolve(models: Session, picked: vscode.LanguageModelChat | undefined): Promise<AnsweringModel> {
    const id = picked?.vendor === VENDOR ? picked.id : undefined;
    const previous = this.#last;
    this.#last = id;
    // If the previous model was deleted, the picker moved on by itself.
    const changed = id !== previous && previous !== undefined && (await models.find(previous)) !== undefined;
    if (changed && id !== undefined && (await models.find(id)) !== undefined) await models.choose(id);
    return models.chosen();
  }
}

async function readyEngine(
  models: Session,
  model: AnsweringModel,
  stream: vscode.ChatResponseStream,
  signal: AbortSignal,
): Promise<ReadyEngine> {
  if (isEndpointModel(model)) return models.load(model, { signal });
  if (!models.isLoaded(model.id)) stream.progress(t('Loading {0}…', markdownText(model.label)));
  else if (models.isOutdated(model))
    stream.progress(t('Loading {0} again, because its settings changed…', markdownText(model.label)));
  return models.load(model, { signal });
}

/** Answers with the reason for a failure and the buttons that repair it. */
function failure(error: unknown, stream: vscode.ChatResponseStream, log: Log): vscode.ChatResult {
  const known = asModelError(error, 'engine-error', messageOf(error));
  const explanation = explain(known);
  if (explanation === undefined) return { metadata: { stopReason: 'cancelled' } };
  log.error(describeForLog(error));
  for (const repair of explanation.repairs) {
    stream.button({
      title: repair.title,
      command: repair.command,
      arguments: [...(repair.arguments ?? [])],
    });
  }
  // VS Code renders it as Markdown.
  return { errorDetails: { message: markdownText(explanation.message) }, metadata: { code: known.code } };
}
