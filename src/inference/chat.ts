/** Conversations: messages, requests, and the events of an answer while it is written. */
import type { Sampling } from '../base/sampling.ts';
import type { ToolCall, ToolDefinition, ToolMode } from './tools.ts';

/** Instructions that precede a conversation. */
export interface SystemMessage {
  readonly role: 'system';
  readonly content: string;
}

/** An image in a message, for models that can see. */
export interface ImageContent {
  /** An IANA media type, such as `image/png`. */
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** A message from the user. */
export interface UserMessage {
  readonly role: 'user';
  readonly content: string;
  /** Placed before the text, in order. */
  readonly images?: readonly ImageContent[] | undefined;
}

/** An earlier answer of the model. */
export interface AssistantMessage {
  readonly role: 'assistant';
  readonly content: string;
  readonly thought?: string | undefined;
  readonly toolCalls?: readonly ToolCall[] | undefined;
}

/** The result of a tool call. */
export interface ToolMessage {
  readonly role: 'tool';
  readonly content: string;
  /** {@link ToolCall.id} */
  readonly callId: string;
}

export type ChatMessage = SystemMessage | UserMessage | AssistantMessage | ToolMessage;

/** Limits and sampling for any generation. */
export interface GenerationLimits {
  /** Maximum number of tokens. Defaults to the room that the context leaves. */
  readonly maxTokens?: number | undefined;
  /**
   * Defaults to llama.cpp's own values. Without a temperature the most probable token is chosen, unless another
   * parameter here asks for a choice among tokens; then the temperature is 0.8.
   */
  readonly sampling?: Sampling | undefined;
  /** Texts that end the answer without becoming part of it. */
  readonly stop?: readonly string[] | undefined;
}

/** A conversation to answer. */
export interface ChatRequest extends GenerationLimits {
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly ToolDefinition[] | undefined;
  readonly toolMode?: ToolMode | undefined;
}

/** Token counts of one request. */
export interface Usage {
  readonly promptTokens: number;
  /** Prompt tokens that had to be evaluated; the others were still in the context. */
  readonly evaluatedTokens: number;
  /** Includes thoughts and tool calls. */
  readonly answerTokens: number;
}

/** Events of an answer in the order in which they come, except that tool calls may come between texts. */
export type AnswerEvent =
  /** Progress of the prompt, in tokens. The first event comes before anything is evaluated. */
  | { readonly type: 'prompt'; readonly evaluatedTokens: number; readonly totalTokens: number }
  | { readonly type: 'thought'; readonly text: string }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'toolCall'; readonly call: ToolCall }
  | { readonly type: 'usage'; readonly usage: Usage };

/** Options to follow and cancel a request. */
export interface AnswerOptions {
  readonly signal?: AbortSignal | undefined;
  /** An exception thrown here ends the answer and is passed on to the caller. */
  readonly onEvent?: ((event: AnswerEvent) => void) | undefined;
}

/** The reason an answer ended. */
export type StopReason = 'end' | 'length' | 'cancelled' | 'toolCalls';

/** A finished answer. */
export interface ChatResult extends Usage {
  readonly text: string;
  readonly thought: string;
  readonly toolCalls: readonly ToolCall[];
  readonly stopReason: StopReason;
  /** Milliseconds from the request to the first piece of text or thought; undefined if none came. */
  readonly firstTextMs: number | undefined;
  /** Milliseconds from the request to the end. */
  readonly totalMs: number;
}
