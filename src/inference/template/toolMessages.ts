/** Conversations about tools for models that get them as text, because their server has no other place for them. */
import {
  type AssistantMessage,
  type ChatMessage,
  imagesOf,
  type ToolDefinition,
  type ToolMessage,
} from '../index.ts';
import { callsAsText, describeTools, resultAsText } from './toolText.ts';

/** Describes tools in the instructions. They begin the conversation, so that its start stays the same. */
export function describedTools(
  messages: readonly ChatMessage[],
  tools: readonly ToolDefinition[],
): readonly ChatMessage[] {
  if (tools.length === 0) return messages;
  const description = describeTools(tools, '');
  const [first, ...rest] = messages;
  if (first?.role !== 'system') return [{ role: 'system', content: description }, ...messages];
  return [{ role: 'system', content: joined([first.content, description], '\n\n') }, ...rest];
}

/** Writes calls into the text of their answers, and their results into messages of the user. */
export function calledAsText(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const written: ChatMessage[] = [];
  for (const [at, message] of messages.entries()) {
    if (message.role === 'tool') written.push(resultMessage(message, messages[at - 1], written));
    else written.push(message.role === 'assistant' ? withoutCalls(message) : message);
  }
  return written;
}

/** Results that follow each other are one message. */
function resultMessage(
  { content, images = [] }: ToolMessage,
  before: ChatMessage | undefined,
  written: ChatMessage[],
): ChatMessage {
  const earlier = before?.role === 'tool' ? written.pop() : undefined;
  const shown = [...(earlier === undefined ? [] : imagesOf(earlier)), ...images];
  return {
    role: 'user',
    content: joined([earlier?.content ?? '', resultAsText(content)], '\n'),
    ...(shown.length === 0 ? {} : { images: shown }),
  };
}

function withoutCalls({ toolCalls = [], ...message }: AssistantMessage): AssistantMessage {
  if (toolCalls.length === 0) return message;
  return { ...message, content: joined([message.content, callsAsText(toolCalls)], '\n') };
}

function joined(texts: readonly string[], separator: string): string {
  return texts.filter((text) => text !== '').join(separator);
}
