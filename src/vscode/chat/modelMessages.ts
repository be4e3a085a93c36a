/** Messages and tools of VS Code's language model API, as the contract has them. */
import * as vscode from 'vscode';
import type { ChatMessage, ImageContent, ToolCall, ToolDefinition } from '../../inference/index.ts';

/** The role of system messages from VS Code, which the stable typings lack. */
const SYSTEM_ROLE = 3;

/** Converts a conversation. A message with results of tools becomes one message for each, before its text. */
export function chatMessages(messages: readonly vscode.LanguageModelChatRequestMessage[]): ChatMessage[] {
  return messages.flatMap(chatMessage);
}

function chatMessage({ role, content }: vscode.LanguageModelChatRequestMessage): ChatMessage[] {
  const text = textOf(content);
  if (role === vscode.LanguageModelChatMessageRole.Assistant) {
    const toolCalls = content
      .filter((part) => part instanceof vscode.LanguageModelToolCallPart)
      .map(toolCall);
    return [
      toolCalls.length === 0
        ? { role: 'assistant', content: text }
        : { role: 'assistant', content: text, toolCalls },
    ];
  }
  const results = content
    .filter((part) => part instanceof vscode.LanguageModelToolResultPart)
    .map(toolResult);
  const images = content.flatMap(imageOf);
  if (text === '' && images.length === 0 && results.length > 0) return results;
  if (Number(role) === SYSTEM_ROLE) return [...results, { role: 'system', content: text }];
  return [...results, { role: 'user', content: text, ...(images.length === 0 ? {} : { images }) }];
}

function toolResult({ content, callId }: vscode.LanguageModelToolResultPart): ChatMessage {
  const images = content.flatMap(imageOf);
  const result = { role: 'tool', content: textOf(content), callId } as const;
  return images.length === 0 ? result : { ...result, images };
}

/** VS Code's part for data is younger than the oldest supported typings. */
function imageOf(part: unknown): ImageContent[] {
  const { mimeType, data } = (typeof part === 'object' && part !== null ? part : {}) as Record<
    string,
    unknown
  >;
  const isImage = typeof mimeType === 'string' && mimeType.startsWith('image/') && data instanceof Uint8Array;
  return isImage ? [{ mediaType: mimeType, bytes: data }] : [];
}

function textOf(parts: readonly unknown[]): string {
  return parts.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : '')).join('');
}

function toolCall({ callId, name, input }: vscode.LanguageModelToolCallPart): ToolCall {
  return { id: callId, name, arguments: input as Record<string, unknown> };
}

/** Converts the tools that a request offers. */
export function toolDefinitions(tools: readonly vscode.LanguageModelChatTool[] = []): ToolDefinition[] {
  return tools.map(({ name, description, inputSchema }) => ({ name, description, inputSchema }));
}
