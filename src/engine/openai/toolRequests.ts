/** Requests about tools for servers that have no place for tools, or whose model answered without a call. */
import { isModelError, ModelError } from '../../base/error.ts';
import type { ChatRequest, ToolCall, ToolDefinition } from '../../inference/index.ts';
import { callSchema, noCallMessage } from '../requiredCall.ts';
import type { ChatAnswer } from './chatAnswer.ts';

/** Statuses with which servers refuse a JSON schema, before anything is generated. */
const REFUSED: ReadonlySet<number> = new Set([400, 422]);

/** Tells if a schema was refused. Ollama has status 500 for it, and its own words. */
function isRefusedSchema(error: unknown): boolean {
  if (!isModelError(error, 'engine-error')) return false;
  return REFUSED.has(error.status ?? 0) || /invalid JSON schema/i.test(error.message);
}

/** Tells if an answer lacks the call that was required. */
export function needsCall({ toolMode, tools = [] }: ChatRequest, { calls }: ChatAnswer): boolean {
  return toolMode === 'required' && tools.length > 0 && calls.length === 0;
}

/** Describes the tools of a request in its instructions, and writes earlier calls and results as text. */
export async function withToolsAsText(request: ChatRequest): Promise<ChatRequest> {
  const { calledAsText, describedTools } = await import('./toolText.ts');
  const { tools = [], messages } = request;
  return {
    ...request,
    messages: calledAsText(describedTools(messages, tools)),
    tools: undefined,
    toolMode: undefined,
  };
}

/**
 * Asks for nothing but a call, held to its JSON schema. A schema that the server refuses is sent again with any arguments;
 * the call is compared with the tool's own schema in any case.
 * @param asked the request that was answered without a call. @param write sends a request and reads its answer.
 * @throws ModelError `engine-error` if there is no call again.
 */
export async function askForCall(
  asked: ChatRequest,
  tools: readonly ToolDefinition[],
  write: (request: ChatRequest) => Promise<ChatAnswer>,
): Promise<{ readonly call: Omit<ToolCall, 'id'>; readonly answerTokens: number }> {
  const { describedTools, readRequiredCall } = await import('./toolText.ts');
  // Servers differ in what they make of tools beside a schema: another grammar, an error, or a prompt without them.
  const messages = asked.tools === undefined ? asked.messages : describedTools(asked.messages, tools);
  const described = { ...asked, messages };
  const answer = await write(callRequest(described, tools, true)).catch((error: unknown) => {
    if (!isRefusedSchema(error)) throw error;
    return write(callRequest(described, tools, false));
  });
  const { text, answerTokens } = answer.result(false);
  const call = readRequiredCall(text, tools);
  if (call === undefined) throw new ModelError('engine-error', noCallMessage(answer.isCut));
  return { call, answerTokens };
}

function callRequest(
  asked: ChatRequest,
  tools: readonly ToolDefinition[],
  withArguments: boolean,
): ChatRequest {
  return {
    ...asked,
    tools: undefined,
    toolMode: undefined,
    stop: undefined,
    thinking: false,
    outputSchema: callSchema(tools, { withArguments, choice: 'anyOf' }),
  };
}
