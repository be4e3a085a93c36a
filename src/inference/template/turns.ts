/** Conversations in the shape that chat templates expect: that of OpenAI's API, as llama-server hands it to them. */
import type { ChatMessage, ToolCall, ToolDefinition } from '../index.ts';

/** A message while it is adapted to a template. */
export interface Turn {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: string;
  readonly thought?: string | undefined;
  readonly calls?: readonly ToolCall[] | undefined;
  /** The call that a tool's result belongs to. */
  readonly callId?: string | undefined;
  /** The tool that was called. */
  readonly toolName?: string | undefined;
}

/** How a template wants its messages. */
export interface TurnShape {
  /** Arguments of calls as an object; as JSON in a text otherwise. */
  readonly objectArguments: boolean;
  /** Contents as a list of parts only. */
  readonly typedContent: boolean;
  /** The name of the field with thoughts. */
  readonly thoughtField: 'reasoning_content' | 'thinking';
}

export function toTurns(messages: readonly ChatMessage[]): Turn[] {
  const names = new Map<string, string>();
  return messages.map((message) => {
    switch (message.role) {
      case 'assistant':
        for (const { id, name } of message.toolCalls ?? []) names.set(id, name);
        return {
          role: message.role,
          content: message.content,
          thought: message.thought || undefined,
          calls: message.toolCalls?.length ? message.toolCalls : undefined,
        };
      case 'tool':
        return {
          role: message.role,
          content: message.content,
          callId: message.callId,
          toolName: names.get(message.callId),
        };
      default:
        return { role: message.role, content: message.content };
    }
  });
}

/** The value of `messages` in a template. */
export function toTemplateMessages(turns: readonly Turn[], shape: TurnShape): object[] {
  return turns.map(({ role, content, thought, calls, callId, toolName }) => {
    // gpt-oss refuses a thought and a text beside a call.
    const omitsContent = shape.thoughtField === 'thinking' && thought !== undefined && calls !== undefined;
    return {
      role,
      ...(omitsContent ? {} : { content: shape.typedContent ? [{ type: 'text', text: content }] : content }),
      ...(thought === undefined ? {} : { [shape.thoughtField]: thought }),
      ...(toolName === undefined ? {} : { name: toolName }),
      ...(callId === undefined ? {} : { tool_call_id: callId }),
      ...(calls === undefined ? {} : { tool_calls: calls.map((call) => toTemplateCall(call, shape)) }),
    };
  });
}

function toTemplateCall(call: ToolCall, { objectArguments }: TurnShape): object {
  const { id, name } = call;
  const args = objectArguments ? call.arguments : JSON.stringify(call.arguments);
  return { type: 'function', function: { name, arguments: args }, id };
}

/** The value of `tools` in a template. */
export function toTemplateTools(tools: readonly ToolDefinition[]): object[] {
  return tools.map(({ name, description = '', inputSchema = {} }) => ({
    type: 'function',
    function: { name, description, parameters: inputSchema },
  }));
}
