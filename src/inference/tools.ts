/** Tools as a model sees them: offered with a request, called in an answer, answered by the next message. */

/** A tool that a request offers. */
export interface ToolDefinition {
  readonly name: string;
  readonly description?: string | undefined;
  /** JSON Schema of the arguments. Defaults to any object. */
  readonly inputSchema?: object | undefined;
}

/** A call that a model makes. */
export interface ToolCall {
  /** Unique in its conversation; the result names it. */
  readonly id: string;
  readonly name: string;
  /** Parsed and valid for the schema of the tool. */
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** `required` makes an answer without a call an error. */
export type ToolMode = 'auto' | 'required';
