/** Conversations in the shape that chat templates expect: that of OpenAI's API, as llama-server hands it to them. */
import type { ChatMessage, ToolCall, ToolDefinition } from '../index.ts';
import { foldResults } from './foldResults.ts';
import type { TemplateCall, TemplateMessage } from './templateMessage.ts';

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
  /** Fields with thoughts. */
  readonly thoughtFields: readonly string[];
  /** gpt-oss: channels, and a call has no text beside a thought. */
  readonly isHarmony: boolean;
  /** Ministral: contents of instructions and answers as lists of parts, thoughts among them. */
  readonly thoughtParts: boolean;
  /** The first templates of Gemma 4: results belong to the answer with the calls. */
  readonly resultsInAnswer: boolean;
}

/** The shape of a template by its text, by the signs that llama.cpp goes by. */
export function shapeOf(template: string): TurnShape {
  const has = (text: string): boolean => template.includes(text);
  const isHarmony = has('<|channel|>') && has('<|message|>');
  return {
    objectArguments: true,
    typedContent: false,
    isHarmony,
    thoughtFields:
      isHarmony || /\bmessage\.thinking\b/.test(template)
        ? ['reasoning_content', 'thinking']
        : ['reasoning_content'],
    thoughtParts: has('[SYSTEM_PROMPT]') && has('[TOOL_CALLS]') && has('[ARGS]') && !has('[CALL_ID]'),
    resultsInAnswer: has("'<|tool_call>call:'") && !has('{#- OpenAI Chat Completions:'),
  };
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
export function toTemplateMessages(turns: readonly Turn[], shape: TurnShape): TemplateMessage[] {
  const messages = turns.map((turn) => toTemplateMessage(turn, shape));
  return shape.resultsInAnswer ? foldResults(messages) : messages;
}

function toTemplateMessage(turn: Turn, shape: TurnShape): TemplateMessage {
  const { role, thought, calls, callId, toolName } = turn;
  const omitsContent = shape.isHarmony && thought !== undefined && calls !== undefined;
  const fields = thought === undefined || shape.thoughtParts ? [] : shape.thoughtFields;
  return {
    role,
    ...(omitsContent ? {} : { content: contentOf(turn, shape) }),
    ...Object.fromEntries(fields.map((field) => [field, thought])),
    ...(toolName === undefined ? {} : { name: toolName }),
    ...(callId === undefined ? {} : { tool_call_id: callId }),
    ...(calls === undefined ? {} : { tool_calls: calls.map((call) => toTemplateCall(call, shape)) }),
  };
}

function contentOf({ role, content, thought }: Turn, shape: TurnShape): unknown {
  const hasParts = shape.typedContent || (shape.thoughtParts && (role === 'system' || role === 'assistant'));
  if (!hasParts) return content;
  const thoughts =
    shape.thoughtParts && thought !== undefined ? [{ type: 'thinking', thinking: thought }] : [];
  return [...thoughts, { type: 'text', text: content }];
}

function toTemplateCall(call: ToolCall, { objectArguments }: TurnShape): TemplateCall {
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
