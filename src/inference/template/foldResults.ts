/** Results of tools as the first templates of Gemma 4 want them, whose later ones take messages of their own. */
import type { TemplateMessage } from './templateMessage.ts';

/**
 * Puts the results behind an answer with calls into `tool_responses` of this answer, and the text of the answer that
 * follows into its `content`, as llama.cpp does.
 * See https://ai.google.dev/gemma/docs/core/prompt-formatting-gemma4
 */
export function foldResults(messages: readonly TemplateMessage[]): TemplateMessage[] {
  const folded: TemplateMessage[] = [];
  for (let at = 0; at < messages.length; at++) {
    const message = messages[at];
    if (message === undefined) break;
    const calls = message.tool_calls;
    if (calls === undefined) {
      folded.push(message);
      continue;
    }
    const results: TemplateMessage[] = [];
    for (let next = messages[at + 1]; next?.role === 'tool'; next = messages[at + 1]) {
      results.push(next);
      at++;
    }
    const { content: _, ...answer } = message;
    const after = messages[at + 1];
    const isAnswered = after?.role === 'assistant' && after.tool_calls === undefined && after.content !== '';
    if (isAnswered) at++;
    folded.push({
      ...answer,
      ...(results.length === 0
        ? {}
        : {
            tool_responses: results.map((result, index) => responseOf(result, calls[index]?.function.name)),
          }),
      ...(isAnswered ? { content: after.content } : {}),
    });
  }
  return folded;
}

function responseOf({ content, tool_call_id: id }: TemplateMessage, name: string | undefined): object {
  return { name: name ?? id ?? '', response: parsed(content) };
}

/** The value of a text that is JSON, else the text. */
function parsed(content: unknown): unknown {
  try {
    return JSON.parse(String(content)) as unknown;
  } catch {
    return content;
  }
}
