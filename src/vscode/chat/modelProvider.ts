/**
 * Offers the local models in VS Code's own model picker.
 *
 * A chat participant is dead while no model at all can be resolved ("Language model unavailable"). So a placeholder is
 * offered while there is no local model, and the models are resolved once at activation.
 */
import * as vscode from 'vscode';
import { readInlineRequest, readModelOptions, ToolChooser } from '../../assist/index.ts';
import { throwIfCancelled } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import { plainText } from '../../base/text.ts';
import { type ChatMessage, IMAGE_TOKENS, imagesOf } from '../../inference/index.ts';
import { type AnsweringModel, ModelGoneError, type Session } from '../../session/index.ts';
import { ask } from '../ask.ts';
import { abortSignalOf } from '../window/cancellation.ts';
import { describeForLog, explain } from '../window/errors.ts';
import { warnOfOmission } from '../window/log.ts';
import { answerInlineEdit } from './inlineEdit.ts';
import {
  goneInformation,
  information,
  loadedFacts,
  PLACEHOLDER_ID,
  placeholder,
  VENDOR,
} from './modelInformation.ts';
import { chatMessages, toolDefinitions } from './modelMessages.ts';
import type { OfferedModels } from './offeredModels.ts';
import { responsePart, sayAside } from './responseParts.ts';

/** Registers the provider if this editor supports one, and resolves its models. */
export function registerModelProvider(models: Session, offered: OfferedModels, log: Log): vscode.Disposable {
  if (vscode.lm?.registerLanguageModelChatProvider === undefined) return new vscode.Disposable(() => {});
  const provider = new ModelProvider(models, offered, log);
  const registration = vscode.lm.registerLanguageModelChatProvider(VENDOR, provider);
  vscode.lm.selectChatModels({ vendor: VENDOR }).then(
    (resolved) => log.debug(`${resolved.length} models are in the model picker.`),
    (error: unknown) => log.warn(`The models could not be put into the model picker: ${String(error)}`),
  );
  return vscode.Disposable.from(registration, provider);
}

/** @see registerModelProvider */
export class ModelProvider implements vscode.LanguageModelChatProvider, vscode.Disposable {
  readonly #models: Session;
  readonly #offered: OfferedModels;
  readonly #log: Log;
  readonly #toolChooser = new ToolChooser();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: (() => void)[];
  /** The facts that were told last. */
  #facts = '';

  readonly onDidChangeLanguageModelChatInformation = this.#changed.event;

  constructor(models: Session, offered: OfferedModels, log: Log) {
    this.#models = models;
    this.#offered = offered;
    this.#log = log;
    this.#subscriptions = [
      models.onDidChangeModels(() => this.#changed.fire()),
      models.onDidChange(() => void this.#tellFacts()),
    ];
  }

  dispose(): void {
    for (const end of this.#subscriptions) end();
    this.#changed.dispose();
  }

  async provideLanguageModelChatInformation(): Promise<vscode.LanguageModelChatInformation[]> {
    const usable = await this.#usable();
    await this.#offered.add(usable);
    const gone = await this.#offered.gone(this.#models, usable);
    const shown = usable.map((model) => information(model, this.#models));
    this.#facts = factsText(usable, this.#models);
    return [...(shown.length === 0 ? [placeholder()] : shown), ...gone.map(goneInformation)];
  }

  async provideLanguageModelChatResponse(
    information: vscode.LanguageModelChatInformation,
    messages: readonly vscode.LanguageModelChatRequestMessage[],
    options: vscode.ProvideLanguageModelChatResponseOptions,
    progress: vscode.Progress<vscode.LanguageModelResponsePart>,
    token: vscode.CancellationToken,
  ): Promise<void> {
    const signal = abortSignalOf(token);
    try {
      const model = await this.#modelOf(information);
      const ready = await this.#models.load(model, { signal });
      const conversation = chatMessages(messages);
      const tools = toolDefinitions(options.tools);
      const inline = readInlineRequest(conversation, tools);
      if (inline !== undefined) {
        await answerInlineEdit(inline, ready, progress, signal, this.#log);
        throwIfCancelled(signal);
        return;
      }
      await ask(ready, conversation, {
        signal,
        tools,
        toolChooser: this.#toolChooser,
        toolMode: options.toolMode === vscode.LanguageModelChatToolMode.Required ? 'required' : 'auto',
        onEvent: (event) => {
          const part = responsePart(event);
          if (part !== undefined) progress.report(part);
        },
        wishes: readModelOptions(options.modelOptions),
        onText: (text) => progress.report(new vscode.LanguageModelTextPart(text)),
        onDropped: (what) => {
          warnOfOmission(this.#log, model.id, what);
          sayAside(progress, t('Left out: {0}', what));
        },
        onUnseen: (sentence) => sayAside(progress, sentence),
      });
      // An engine that is canceled midway returns the text so far. VS Code drops pieces that arrive after the
      // cancellation, so without an error the answer would seem to have ended there by itself.
      throwIfCancelled(signal);
      this.#log.info(`${model.id} answered a request of VS Code’s chat or an extension.`);
    } catch (error) {
      const explanation = explain(error);
      if (explanation === undefined) {
        this.#log.info(`A request to ${information.id} was canceled.`);
        throw new vscode.CancellationError();
      }
      this.#log.error(describeForLog(error));
      // The caller may show it as plain text or as Markdown.
      throw new Error(plainText(explanation.message), { cause: error });
    }
  }

  async provideTokenCount(
    information: vscode.LanguageModelChatInformation,
    text: string | vscode.LanguageModelChatRequestMessage,
    token: vscode.CancellationToken,
  ): Promise<number> {
    const messages: ChatMessage[] =
      typeof text === 'string' ? [{ role: 'user', content: text }] : chatMessages([text]);
    const content = messages.map((message) => message.content).join('\n');
    const images = messages.flatMap(imagesOf);
    const engine = this.#models.isLoaded(information.id) ? this.#models.engine(information.id) : undefined;
    // VS Code asks very often, which is no reason to load a model. Code has about three characters per token.
    const tokens = await (engine?.count?.(content, abortSignalOf(token)) ?? Math.ceil(content.length / 3));
    return tokens + images.length * IMAGE_TOKENS;
  }

  /** Returns the picked model. The placeholder stands for the model that answers, if there is one by now. */
  async #modelOf({ id, name }: vscode.LanguageModelChatInformation): Promise<AnsweringModel> {
    if (id === PLACEHOLDER_ID) return this.#models.chosen();
    const model = await this.#models.find(id);
    if (model !== undefined) return model;
    throw new ModelGoneError(id, this.#offered.all.find((one) => one.id === id)?.label ?? name);
  }

  /** Tells VS Code when loading a model told another context, or other abilities, than was said before. */
  async #tellFacts(): Promise<void> {
    const facts = factsText(await this.#usable(), this.#models);
    if (facts === this.#facts) return;
    this.#facts = facts;
    this.#changed.fire();
  }

  async #usable(): Promise<AnsweringModel[]> {
    try {
      return await this.#models.usable();
    } catch (error) {
      this.#log.error(describeForLog(error));
      return [];
    }
  }
}

function factsText(models: readonly AnsweringModel[], session: Session): string {
  return models.map((model) => loadedFacts(model, session)).join('\n');
}
