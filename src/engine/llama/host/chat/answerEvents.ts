/** Turns the raw output of a conversation into events: text, thoughts and calls of tools. */
import type { Token } from 'node-llama-cpp';
import {
  type AnswerPiece,
  type AnswerReader,
  createAnswerReader,
} from '../../../../inference/format/index.ts';
import type { ChatEvent, ChatParams } from '../../calls/chat.ts';
import type { GenerationListener, RawPiece } from '../generation/generate.ts';
import type { Vocabulary } from '../generation/vocabulary.ts';

/** Options besides the request. */
export interface AnswerEventsOptions {
  readonly emit: (event: ChatEvent) => void;
  readonly vocabulary: Vocabulary;
  readonly thoughtOpen: boolean;
  /** The family of the model's output, if its template tells. */
  readonly family: string | undefined;
  /** Tokens after which a thought is ended. */
  readonly maxThoughtTokens: number;
}

/** Listens to one answer. */
export class AnswerEvents implements GenerationListener {
  readonly #emit: (event: ChatEvent) => void;
  readonly #vocabulary: Vocabulary;
  readonly #reader: AnswerReader;
  readonly #maxThoughtTokens: number;
  #thoughtTokens = 0;
  /** Tokens that no event has told yet. */
  #untold = 0;
  #calls = 0;

  constructor(params: Pick<ChatParams, 'tools'>, options: AnswerEventsOptions) {
    this.#emit = options.emit;
    this.#vocabulary = options.vocabulary;
    this.#maxThoughtTokens = options.maxThoughtTokens;
    this.#reader = createAnswerReader({
      tools: params.tools,
      thoughtOpen: options.thoughtOpen,
      family: options.family,
    });
  }

  /** Number of calls so far. */
  get calls(): number {
    return this.#calls;
  }

  onPrompt(evaluatedTokens: number, totalTokens: number): void {
    this.#emit({ evaluatedTokens, totalTokens });
  }

  onPiece({ text, tokens }: RawPiece): void {
    this.#untold += tokens;
    this.#tell(this.#reader.push(text));
  }

  /** Ends a thought that takes too long, as if the model had written the mark itself. */
  steer(last: Token): readonly Token[] | undefined {
    const [closer] = this.#reader.thoughtClosers ?? [];
    if (closer === undefined) return undefined;
    if (++this.#thoughtTokens < this.#maxThoughtTokens) return undefined;
    this.#thoughtTokens = 0;
    return [last, ...this.#vocabulary.tokensOf([{ text: `\n${closer}\n\n`, special: true }])];
  }

  /** Tells what was held back. @param isCut true if the model would have gone on. */
  end(isCut: boolean): void {
    this.#tell(this.#reader.end(isCut).pieces);
  }

  #tell(pieces: readonly AnswerPiece[]): void {
    for (const piece of pieces) {
      const answerTokens = this.#untold;
      this.#untold = 0;
      if (piece.type === 'call') {
        this.#calls++;
        this.#emit({ call: { name: piece.call.name, arguments: { ...piece.call.arguments } }, answerTokens });
      } else if (piece.type === 'text') this.#emit({ text: piece.text, answerTokens });
      else this.#emit({ thought: piece.text, answerTokens });
    }
  }
}
