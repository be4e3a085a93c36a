/** Conversations: messages, requests, and the events of an answer while it is written. */
import type { Localized } from '../base/l10n.ts';
import type { Sampling } from '../base/sampling.ts';
import type { ImageContent } from './image.ts';
import type { ToolCall, ToolDefinition, ToolMode } from './tools.ts';

/** Instructions that precede a conversation. */
export interface SystemMessage {
  readonly role: 'system';
  readonly content: string;
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
  /** Placed behind the results that follow each other, in order. */
  readonly images?: readonly ImageContent[] | undefined;
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

/** A conversation to answer. If it ends with an assistant's message, the answer continues that message. */
export interface ChatRequest extends GenerationLimits {
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly ToolDefinition[] | undefined;
  readonly toolMode?: ToolMode | undefined;
  /** An edit goes before a running chat, which goes on afterwards. Defaults to `chat`. */
  readonly purpose?: 'chat' | 'edit' | undefined;
  /** Text that the answer will mostly repeat, such as the code of an edit: it is written faster. */
  readonly copiedText?: string | undefined;
  /** False turns thoughts off in models that can do without them. Defaults to the model's own default. */
  readonly thinking?: boolean | undefined;
  /**
   * Tokens after which a thought is ended and the answer begins. Defaults to three quarters of the room. With 1, a last
   * message that is nothing but a thought is ended, and the answer goes on behind it.
   */
  readonly maxThoughtTokens?: number | undefined;
  /** JSON Schema that the whole text fits, with a grammar. */
  readonly outputSchema?: object | undefined;
}

/** The purpose of a request. */
export type RequestPurpose = 'chat' | 'edit' | 'infill';

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
  /** The request waits until another one of this purpose is done, or gives way. */
  | { readonly type: 'waiting'; readonly for: RequestPurpose }
  /** Something about the answer that the user should know, such as an instruction the model has no place for. */
  | { readonly type: 'note'; readonly text: Localized }
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

/** The reason an answer ended; `loop` if it only repeated itself. */
export type StopReason = 'end' | 'length' | 'loop' | 'cancelled' | 'toolCalls';

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
