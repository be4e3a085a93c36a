/**
 * Offers the local models in VS Code's own model picker.
 *
 * A chat participant is dead while no model at all can be resolved ("Language model unavailable"). So a placeholder is
 * offered while there is no local model, and the models are resolved once at activation.
 */
import * as vscode from 'vscode';
import { readInlineRequest, readModelOptions, ToolChooser } from '../../assist/index.ts';
import { ModelError, throwIfCancelled } from '../../base/error.ts';
import { formatBytes } from '../../base/format.ts';
import { t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import { markdownText, plainText, singleLine } from '../../base/text.ts';
import {
  type AnsweringModel,
  type EndpointModel,
  isEndpointModel,
  type ListedModel,
  type Session,
} from '../../session/index.ts';
import { ask } from '../ask.ts';
import { abortSignalOf } from '../window/cancellation.ts';
import { describeForLog, explain } from '../window/errors.ts';
import { settings } from '../window/settings.ts';
import { sayAside } from './aside.ts';
import { answerInlineEdit } from './inlineEdit.ts';
import { chatMessages, toolDefinitions } from './modelMessages.ts';

/** The vendor of our models in `vscode.lm`. */
export const VENDOR = 'oci-models';

const PLACEHOLDER_ID = 'placeholder';
/** Longest name of an architecture, in characters; llama.cpp's longest has 20. */
const MAX_FAMILY = 64;

/** The picker lists only models with this property, which the stable typings lack. */
type ModelInformation = vscode.LanguageModelChatInformation & { readonly isUserSelectable: boolean };

/** Registers the provider if this editor supports one, and resolves its models. */
export function registerModelProvider(models: Session, log: Log): vscode.Disposable {
  if (vscode.lm?.registerLanguageModelChatProvider === undefined) return new vscode.Disposable(() => {});
  const provider = new ModelProvider(models, log);
  const registration = vscode.lm.registerLanguageModelChatProvider(VENDOR, provider);
  vscode.lm.selectChatModels({ vendor: VENDOR }).then(
    (resolved) => log.debug(`${resolved.length} models are in the model picker.`),
    (error: unknown) => log.warn(`The models could not be put into the model picker: ${String(error)}`),
  );
  return vscode.Disposable.from(registration, provider);
}

class ModelProvider implements vscode.LanguageModelChatProvider, vscode.Disposable {
  readonly #models: Session;
  readonly #log: Log;
  readonly #toolChooser = new ToolChooser();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscription: vscode.Disposable;

  readonly onDidChangeLanguageModelChatInformation = this.#changed.event;

  constructor(models: Session, log: Log) {
    this.#models = models;
    this.#log = log;
    this.#subscription = new vscode.Disposable(models.onDidChangeModels(() => this.#changed.fire()));
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
  }

  async provideLanguageModelChatInformation(): Promise<vscode.LanguageModelChatInformation[]> {
    const usable = await this.#usable();
    if (usable.length === 0) return [placeholder()];
    return usable.map((model) => (isEndpointModel(model) ? served(model) : information(model)));
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
          if (event.type !== 'toolCall') return;
          const { id, name, arguments: input } = event.call;
          progress.report(new vscode.LanguageModelToolCallPart(id, name, input));
        },
        wishes: readModelOptions(options.modelOptions),
        onText: (text) => progress.report(new vscode.LanguageModelTextPart(text)),
        onDropped: (what) => {
          this.#log.warn(`${model.id}: left out of the prompt: ${what}`);
          sayAside(progress, t('Left out: {0}', what));
        },
      });
      // An engine that is canceled midway returns the text so far. VS Code drops pieces that arrive after the
      // cancellation, so without an error the answer would seem to have ended there by itself.
      throwIfCancelled(signal);
    } catch (error) {
      const explanation = explain(error);
      if (explanation === undefined) throw new vscode.CancellationError();
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
    const content =
      typeof text === 'string'
        ? text
        : chatMessages([text])
            .map((message) => message.content)
            .join('\n');
    const engine = this.#models.isLoaded(information.id) ? this.#models.engine(information.id) : undefined;
    // VS Code asks very often, which is no reason to load a model. Code has about three characters per token.
    return engine?.count?.(content, abortSignalOf(token)) ?? Math.ceil(content.length / 3);
  }

  /** Returns the picked model. The placeholder stands for the model that answers, if there is one by now. */
  async #modelOf({ id, name }: vscode.LanguageModelChatInformation): Promise<AnsweringModel> {
    if (id === PLACEHOLDER_ID) return this.#models.chosen();
    const model = await this.#models.find(id);
    if (model !== undefined) return model;
    const message = t('{0} is no longer on this machine. Choose another model, or pull it again.', name);
    throw new ModelError('not-found', message);
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

function information(model: ListedModel): ModelInformation {
  const configured = settings.contextTokens();
  const trained = model.contextTokens ?? configured ?? 4096;
  const contextTokens = Math.min(configured ?? trained, trained);
  const maxOutputTokens = Math.min(settings.maxAnswerTokens(), Math.floor(contextTokens / 2));
  return {
    id: model.id,
    name: plainText(model.label),
    family: singleLine(model.architecture ?? 'gguf', MAX_FAMILY),
    version: model.manifestDigest,
    detail: plainText([formatBytes(model.sizeBytes), model.quantization].filter(Boolean).join(' · ')),
    // VS Code renders it as Markdown, with icons.
    tooltip: markdownText(t('{0}, on this machine', model.id)),
    maxInputTokens: contextTokens - maxOutputTokens,
    maxOutputTokens,
    capabilities: { toolCalling: true },
    isUserSelectable: true,
  };
}

/** A context that the server has not told yet. */
const UNKNOWN_CONTEXT = 8_192;

function served(model: EndpointModel): ModelInformation {
  const { endpoint, abilities } = model;
  const contextTokens = model.contextTokens ?? UNKNOWN_CONTEXT;
  const maxOutputTokens = Math.min(settings.maxAnswerTokens(), Math.floor(contextTokens / 2));
  return {
    id: model.id,
    name: plainText(model.label),
    family: singleLine(model.model, MAX_FAMILY),
    version: '1',
    detail: plainText(endpoint.name),
    tooltip: markdownText(t('{0}, on {1} ({2})', model.model, endpoint.name, endpoint.url)),
    maxInputTokens: contextTokens - maxOutputTokens,
    maxOutputTokens,
    capabilities: { toolCalling: abilities.tools !== false, imageInput: abilities.vision === true },
    isUserSelectable: true,
  };
}

function placeholder(): ModelInformation {
  return {
    id: PLACEHOLDER_ID,
    name: t('No local model yet'),
    family: 'none',
    version: '0',
    detail: t('Pull OCI Model'),
    tooltip: t('Run “OCI Models: Pull OCI Model” to download a model to this machine.'),
    maxInputTokens: 4096,
    maxOutputTokens: 1024,
    capabilities: { toolCalling: true },
    isUserSelectable: true,
  };
}
