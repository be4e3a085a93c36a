/** Conversations: messages, requests, and the events of an answer while it is written. */
import type { Sampling } from '../base/sampling.ts';
import type { ToolCall, ToolDefinition, ToolMode } from './tools.ts';

export interface SystemMessage {
  readonly role: 'system';
  readonly content: string;
}

/** A picture in a message, for models that see. */
export interface ImageContent {
  /** An IANA media type, such as `image/png`. */
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface UserMessage {
  readonly role: 'user';
  readonly content: string;
  /** Before the text, in order. */
  readonly images?: readonly ImageContent[] | undefined;
}

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

/** Limits and sampling of anything that is generated. */
export interface GenerationLimits {
  /** Tokens. Defaults to the room that the context leaves. */
  readonly maxTokens?: number | undefined;
  /**
   * Defaults to llama.cpp's own values. Without a temperature the most probable token is taken, unless something here
   * says which tokens to choose from: then it is 0.8.
   */
  readonly sampling?: Sampling | undefined;
  /** Texts that end the answer and are no part of it. */
  readonly stop?: readonly string[] | undefined;
}

/** A conversation to answer. */
export interface ChatRequest extends GenerationLimits {
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly ToolDefinition[] | undefined;
  readonly toolMode?: ToolMode | undefined;
}

/** Tokens of one request. */
export interface Usage {
  readonly promptTokens: number;
  /** Tokens of the prompt that had to be evaluated; the others were still in the context. */
  readonly evaluatedTokens: number;
  /** Thoughts and tool calls included. */
  readonly answerTokens: number;
}

/** What happens while an answer is written, in this order but for calls, which may come between texts. */
export type AnswerEvent =
  /** Progress of the prompt, tokens. The first one comes before anything is evaluated. */
  | { readonly type: 'prompt'; readonly evaluatedTokens: number; readonly totalTokens: number }
  | { readonly type: 'thought'; readonly text: string }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'toolCall'; readonly call: ToolCall }
  | { readonly type: 'usage'; readonly usage: Usage };

/** How a request is followed. */
export interface AnswerOptions {
  readonly signal?: AbortSignal | undefined;
  /** An exception of it ends the answer and is thrown to whoever asked. */
  readonly onEvent?: ((event: AnswerEvent) => void) | undefined;
}

/** The reason why an answer ended. */
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
