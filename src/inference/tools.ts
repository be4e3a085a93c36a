/** Tools from a model's point of view: offered with a request, called in an answer, answered by the next message. */

/** A tool that a request offers. */
export interface ToolDefinition {
  readonly name: string;
  readonly description?: string | undefined;
  /** JSON Schema of the arguments. Defaults to any object. */
  readonly inputSchema?: object | undefined;
}

/** A call by a model. */
export interface ToolCall {
  /** Unique within the conversation; the result refers to it. */
  readonly id: string;
  readonly name: string;
  /** Parsed, and valid according to the tool's schema. */
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** With `required`, an answer without a call is an error. */
export type ToolMode = 'auto' | 'required';
