/** Decides which model answers a question, and keeps VS Code's model picker in step with it. */
import * as vscode from 'vscode';
import type { Log } from '../../base/log.ts';
import { type AnsweringModel, isEndpointId, ModelGoneError, type Session } from '../../session/index.ts';
import { familyOf, PLACEHOLDER_ID, VENDOR } from './modelInformation.ts';
import type { OfferedModels } from './offeredModels.ts';

/**
 * The model that the user chose last answers, whether in the picker or elsewhere. The picker's first value is VS Code's
 * default rather than a choice; only a change of it is one.
 */
export class PickedModel implements vscode.Disposable {
  readonly #models: Session;
  readonly #offered: OfferedModels;
  readonly #log: Log;
  readonly #end: () => void;
  /** The id that the picker had at the last question. */
  #last: string | undefined;
  /** The id that the picker was set to last. */
  #shown: string | undefined;

  constructor(models: Session, offered: OfferedModels, log: Log) {
    this.#models = models;
    this.#offered = offered;
    this.#log = log;
    this.#end = models.onDidChange(() => void this.#follow());
  }

  dispose(): void {
    this.#end();
  }

  /**
   * @param picked the model of the request.
   * @throws ModelError `no-model`, `not-found` if the picked or chosen model is not on this machine any more.
   */
  async resolve(picked: vscode.LanguageModelChat | undefined): Promise<AnsweringModel> {
    const id = picked?.vendor === VENDOR && picked.id !== PLACEHOLDER_ID ? picked.id : undefined;
    const previous = this.#last;
    this.#last = id;
    const usable = await this.#models.usable();
    const kept = new Set(usable.map((model) => model.id));
    for (const one of [id, previous, await this.#models.choice()]) {
      // A server may not have answered yet.
      if (one !== undefined && isEndpointId(one) && (await this.#models.find(one)) !== undefined)
        kept.add(one);
    }
    const has = (one: string): boolean => kept.has(one);
    // If the previous model was deleted, the picker moved on by itself.
    const isChange = previous !== undefined && id !== previous && id !== this.#shown && has(previous);
    if (isChange && id !== undefined && has(id)) await this.#models.choose(id);
    const choice = await this.#models.choice();
    const isChoiceGone = choice !== undefined && !has(choice);
    if (id !== undefined && !has(id) && usable.length > 0 && (choice === undefined || isChoiceGone)) {
      throw this.#gone(id);
    }
    const model = await this.#models.chosen();
    if (id !== undefined && model.id !== id) await this.#show(model);
    return model;
  }

  /** Sets the picker to the model that answers. @throws ModelError `no-model`. */
  async show(): Promise<void> {
    await this.#show(await this.#models.chosen());
  }

  #gone(id: string): ModelGoneError {
    return new ModelGoneError(id, this.#offered.all.find((model) => model.id === id)?.label ?? id);
  }

  /** Follows a choice that was made elsewhere. A picker that has models of others is left as the user set it. */
  async #follow(): Promise<void> {
    // Without any model there is nothing to show, and a question says why.
    const model = await this.#models.chosen().catch(() => undefined);
    if (model === undefined || model.id === this.#shown) return;
    this.#shown = model.id;
    await this.#show(model, true);
  }

  /** Sets the picker of every chat. Other editors may lack the command; then the line below the answer tells. */
  async #show(model: AnsweringModel, onlyAlone = false): Promise<void> {
    if (vscode.lm?.selectChatModels === undefined) return;
    this.#shown = model.id;
    try {
      const all = await vscode.lm.selectChatModels();
      if (onlyAlone && all.some(({ vendor }) => vendor !== VENDOR)) return;
      // The picker ignores a model that it does not know yet.
      if (!all.some(({ vendor, id }) => vendor === VENDOR && id === model.id)) return;
      const info = { vendor: VENDOR, id: model.id, family: familyOf(model) };
      await vscode.commands.executeCommand('workbench.action.chat.changeModel', info);
      // Before the first question there may be no picker to change.
      if (this.#last !== undefined) this.#last = model.id;
    } catch (error) {
      this.#log.debug(`The model picker cannot be set: ${String(error)}`);
    }
  }
}
