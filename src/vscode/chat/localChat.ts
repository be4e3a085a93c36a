/** Local models in VS Code's chat: the participant `@local`, and the models of the picker. */
import * as vscode from 'vscode';
import type { Log } from '../../base/log.ts';
import type { Session } from '../../session/index.ts';
import type { Memory } from '../inline/instructionHistory.ts';
import { AnsweredCodes } from './answeredCode.ts';
import { LeftOutPieces } from './leftOutPieces.ts';
import { registerModelProvider } from './modelProvider.ts';
import { OfferedModels } from './offeredModels.ts';
import { registerParticipant } from './participant.ts';
import { PickedModel } from './pickedModel.ts';

/** The parts of the chat, registered as far as this editor has one. */
export class LocalChat implements vscode.Disposable {
  readonly leftOut = new LeftOutPieces();
  readonly answered = new AnsweredCodes();
  readonly #registrations: vscode.Disposable;

  /** @param memory keeps the models that the picker had. */
  constructor(models: Session, memory: Memory, log: Log) {
    const offered = new OfferedModels(memory);
    const picked = new PickedModel(models, offered, log);
    this.#registrations = vscode.Disposable.from(
      picked,
      registerParticipant({ models, picked, leftOut: this.leftOut, answered: this.answered, log }),
      registerModelProvider(models, offered, log),
    );
  }

  dispose(): void {
    this.#registrations.dispose();
  }
}
