/** Requests to continue a text, to fill in text between two others, and to score how likely a text is. */
import type { GenerationLimits } from './chat.ts';

/** A request to continue plain text, without the frame of a conversation. */
export interface CompletionRequest extends GenerationLimits {
  readonly prompt: string;
}

/** A special token of a fill-in-the-middle format by its text, such as `<|fim_prefix|>`. */
export interface Mark {
  readonly mark: string;
}

/** A text of another place that helps to complete code. */
export interface ContextFile {
  /** Relative to the repository, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** Where a text that is completed stands. */
export interface Surroundings {
  /** The name of its repository. */
  readonly repository: string;
  /** Its own path, relative to the repository, with slashes. */
  readonly path: string;
  /** Those whose text changes least come first, so that the engine evaluates them once. */
  readonly files: readonly ContextFile[];
}

/**
 * A prompt of a fill-in-the-middle format, in the order of the format. Special tokens inside its texts are plain text.
 */
export interface InfillRequest extends GenerationLimits {
  readonly prompt: readonly (string | Mark)[];
  /**
   * `edit` for lines that are written anew: newer ghost text goes before it and does not replace it, nor does it replace
   * ghost text that runs. Defaults to `infill`.
   */
  readonly purpose?: 'infill' | 'edit' | undefined;
  /**
   * Text that the completion begins with, because the prompt ends before it: the word that is being typed, whose tokens
   * are not those of the whole word. Tokens that contradict it are not chosen, and probabilities count among the others.
   * Only for engines with the capability `marks`.
   */
  readonly begin?: string | undefined;
  /** Texts of other places, for engines that write the marks of their model themselves. Others have them in the prompt. */
  readonly surroundings?: Surroundings | undefined;
  /** Ends the text as soon as the joint probability of its tokens falls below this value, 0 to 1. */
  readonly minJointProbability?: number | undefined;
}

/** A piece of a completion. */
export interface CompletionPiece {
  readonly text: string;
  /** Joint probability of all tokens so far, 0 to 1; undefined if the engine does not know it. */
  readonly probability?: number | undefined;
}

/** Options to follow and cancel a completion. */
export interface CompletionOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onPiece?: ((piece: CompletionPiece) => void) | undefined;
}

/** A finished completion. */
export interface CompletionResult extends CompletionPiece {
  readonly stopReason: 'end' | 'length' | 'stop' | 'unlikely' | 'cancelled';
  /** Tokens of the prompt. */
  readonly promptTokens: number;
  /** Prompt tokens that had to be evaluated; the others were still in the context. */
  readonly evaluatedTokens: number;
  /** Tokens of the completion. */
  readonly answerTokens: number;
}

/** The likelihood of a text after a prompt. */
export interface Score {
  /** Sum of the natural logarithms of the probabilities of its tokens. */
  readonly logProbability: number;
  /** Number of tokens of the text. */
  readonly tokens: number;
}
