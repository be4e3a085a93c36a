/** The request of a conversation, as llama.cpp's process gets it. */
import { ModelError } from '../../../base/error.ts';
import { t } from '../../../base/l10n.ts';
import { type ChatMessage, type ChatRequest, imagesOf } from '../../../inference/index.ts';
import type { ChatParams } from '../calls/chat.ts';

/** @throws ModelError `engine-error` for content that this engine does not support. */
export function chatParams(request: ChatRequest): ChatParams {
  const { tools = [], toolMode = 'auto', purpose = 'chat', sampling = {}, stop = [] } = request;
  const { copiedText, thinking, maxThoughtTokens, outputSchema, maxTokens } = request;
  return {
    messages: request.messages.map(textMessage),
    tools: tools.map(({ name, description, inputSchema }) => ({
      name,
      description,
      inputSchema: inputSchema as Record<string, unknown> | undefined,
    })),
    toolMode,
    purpose,
    copiedText,
    thinking,
    maxThoughtTokens,
    outputSchema: outputSchema as Record<string, unknown> | undefined,
    maxTokens,
    sampling,
    stop: [...stop],
  };
}

function textMessage(message: ChatMessage): ChatParams['messages'][number] {
  const { role, content } = message;
  if (imagesOf(message).length > 0)
    throw new ModelError(
      'engine-error',
      t('This model cannot see images. Remove them, or choose another model.'),
    );
  switch (role) {
    case 'assistant': {
      const toolCalls = message.toolCalls?.map((call) => ({ ...call, arguments: { ...call.arguments } }));
      return { role, content, thought: message.thought, toolCalls };
    }
    case 'tool':
      return { role, content, callId: message.callId };
    default:
      return { role, content };
  }
}
