/** The texts and images of a request, of which a server makes the prompt. */
import { type ChatRequest, imagesOf } from '../../inference/index.ts';

/** The text of a prompt, with the number of its images. */
export interface Prompt {
  readonly text: string;
  readonly images: number;
}

/** Collects all texts of a request. */
export function promptOf({ messages, tools = [] }: ChatRequest): Prompt {
  const said = messages.map((message) => {
    const calls = message.role === 'assistant' ? (message.toolCalls ?? []) : [];
    return calls.length === 0 ? message.content : message.content + JSON.stringify(calls);
  });
  const texts = [...said, ...(tools.length === 0 ? [] : [JSON.stringify(tools)])];
  return { text: texts.join('\n'), images: messages.flatMap(imagesOf).length };
}
