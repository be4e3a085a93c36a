/** Text that goes on, text between two others, and how likely a text is. */
import type { GenerationLimits } from './chat.ts';

/** Text without a conversation's frame; the model goes on from its end. */
export interface CompletionRequest extends GenerationLimits {
  readonly prompt: string;
}

/** A special token of a fill-in-the-middle format, by its text, such as `<|fim_prefix|>`. */
export interface Mark {
  readonly mark: string;
}

/** A prompt of a fill-in-the-middle format, in the order of the format. Special tokens in its texts are plain text. */
export interface InfillRequest extends GenerationLimits {
  readonly prompt: readonly (string | Mark)[];
  /** Ends the text as soon as the probability of all of its tokens together falls below it, 0 to 1. */
  readonly minJointProbability?: number | undefined;
}

/** A piece of a completion. */
export interface CompletionPiece {
  readonly text: string;
  /** Probability of all tokens so far together, 0 to 1; undefined if the engine cannot tell. */
  readonly probability?: number | undefined;
}

/** How a completion is followed. */
export interface CompletionOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onPiece?: ((piece: CompletionPiece) => void) | undefined;
}

/** A finished completion. */
export interface CompletionResult extends CompletionPiece {
  readonly stopReason: 'end' | 'length' | 'stop' | 'unlikely' | 'cancelled';
  /** Tokens. */
  readonly promptTokens: number;
  /** Tokens. */
  readonly answerTokens: number;
}

/** How likely a model finds a text behind a prompt. */
export interface Score {
  /** Sum of the natural logarithms of the probabilities of its tokens. */
  readonly logProbability: number;
  /** Tokens of the text. */
  readonly tokens: number;
}
