/** An answer that was read, its pieces, and what it is read with. */

/** A tool that was offered. */
export interface OfferedTool {
  readonly name: string;
  /** JSON Schema of the arguments. */
  readonly inputSchema?: object | undefined;
}

export interface AnswerReaderOptions {
  readonly tools: readonly OfferedTool[];
  /** Tells if the prompt opened a thought, so that the answer begins in it. */
  readonly thoughtOpen: boolean;
  /** The name of a family of the table, whose forms are tried first. */
  readonly family?: string | undefined;
}

/** A call of an offered tool with arguments that fit its schema. */
export interface AnswerCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

export type AnswerPiece =
  | { readonly type: 'text' | 'thought'; readonly text: string }
  | { readonly type: 'call'; readonly call: AnswerCall };

/** An answer, read. */
export interface Answer {
  readonly text: string;
  readonly thought: string;
  readonly calls: readonly AnswerCall[];
}
