/** Local models in VS Code's chat: the participant `@local`, and the models of the picker. */
import * as vscode from 'vscode';
import type { Log } from '../../base/log.ts';
import type { MeasuredUse, Session } from '../../session/index.ts';
import type { Memory } from '../window/recentTexts.ts';
import { AnsweredCodes } from './answeredCode.ts';
import { registerCodeActions } from './codeActions.ts';
import { ImageFiles } from './gather/imageFiles.ts';
import { LeftOutPieces } from './leftOutPieces.ts';
import { registerModelProvider } from './modelProvider.ts';
import { NativeChatOffer } from './nativeChat.ts';
import { OfferedModels } from './offeredModels.ts';
import { registerParticipant } from './participant.ts';
import { PickedModel } from './pickedModel.ts';
import { Thinking } from './thoughts.ts';

/** The parts of the chat, registered as far as this editor has one. */
export class LocalChat implements vscode.Disposable {
  readonly leftOut = new LeftOutPieces();
  readonly answered = new AnsweredCodes();
  readonly thinking = new Thinking();
  readonly #picked: PickedModel;
  readonly #registrations: vscode.Disposable;

  /** @param memory keeps the models that the picker had. @param use keeps the speed of answers. */
  constructor(models: Session, memory: Memory, use: MeasuredUse, log: Log) {
    const offered = new OfferedModels(memory);
    const picked = new PickedModel(models, offered, log);
    const native = new NativeChatOffer(memory);
    this.#picked = picked;
    this.#registrations = vscode.Disposable.from(
      picked,
      this.thinking,
      registerParticipant({
        models,
        picked,
        native,
        leftOut: this.leftOut,
        answered: this.answered,
        thinking: this.thinking,
        imageFiles: new ImageFiles(),
        use,
        log,
      }),
      registerModelProvider(models, offered, log),
      registerCodeActions(models),
    );
  }

  /** Sets the model picker of VS Code's chat to the model that answers for `@local`. */
  async showInPicker(): Promise<void> {
    await this.#picked.show();
  }

  dispose(): void {
    this.#registrations.dispose();
  }
}
