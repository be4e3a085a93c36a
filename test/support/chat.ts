/** Short ways to ask an engine. */
import {
  type AnswerOptions,
  type ChatMessage,
  type ChatRequest,
  type ChatResult,
  capability,
  type Engine,
  type FileSource,
} from '../../src/inference/index.ts';

/** A request beside its messages, and a listener for text alone. */
export type ChatTestOptions = Omit<ChatRequest, 'messages'> &
  AnswerOptions & { readonly onText?: (text: string) => void };

/** Answers a conversation. */
export function chat(
  engine: Engine,
  messages: readonly ChatMessage[],
  { signal, onEvent, onText, ...request }: ChatTestOptions = {},
): Promise<ChatResult> {
  return capability(engine, 'chat')(
    { ...request, messages },
    {
      signal,
      onEvent: (event) => {
        onEvent?.(event);
        if (event.type === 'text') onText?.(event.text);
      },
    },
  );
}

/** A GGUF as the source of a load. */
export function file(path: string): FileSource {
  return { kind: 'file', path };
}
