/** Reads the call of an answer that a JSON schema of `requiredCall.ts` was held to. */
import { readAnswer } from '../inference/format/index.ts';
import type { ToolCall, ToolDefinition } from '../inference/index.ts';

/** Reads an answer that fits `callSchema`. Returns undefined if it does not, or was cut. */
export function readRequiredCall(
  text: string,
  tools: readonly ToolDefinition[],
): Omit<ToolCall, 'id'> | undefined {
  // Arguments are compared with the tool's own schema here. No mark of the reader may stand within them.
  const body = text.replaceAll('<', '\\u003c');
  const { calls } = readAnswer(`<tool_call>\n${body}\n</tool_call>`, { tools, thoughtOpen: false });
  return calls[0];
}
