/** Requests in the words of OpenAI's API, with those that a server has beyond it. */
import type { Sampling } from '../base/sampling.ts';
import {
  type ChatMessage,
  type ChatRequest,
  type CompletionRequest,
  type ContextFile,
  type ImageContent,
  imagesOf,
  type Surroundings,
  type ToolDefinition,
  type UserMessage,
} from '../inference/index.ts';
import type { Dialect } from './servers/index.ts';

/** Stop texts that every server takes; vLLM and OpenAI refuse more. */
export const MAX_STOPS = 4;

type Fields = Record<string, unknown>;

/** The body of `POST /v1/chat/completions`. */
export function chatBody(model: string, request: ChatRequest, dialect: Dialect): Fields {
  const { messages, tools = [], toolMode = 'auto', maxTokens, sampling, stop = [] } = request;
  return {
    model,
    messages: wireMessages(messages, dialect),
    stream: true,
    stream_options: { include_usage: true },
    ...dialect.chat,
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    ...samplingFields(sampling, dialect),
    ...stopFields(stop),
    ...(tools.length === 0 ? {} : { tools: tools.map(wireTool) }),
    ...(toolMode === 'auto' ? {} : requiredTool(tools, dialect)),
    ...(request.thinking === false ? dialect.withoutThoughts : {}),
    ...continuationFields(request, dialect),
    ...schemaFields(request.outputSchema, dialect),
  };
}

/**
 * Tells if a request goes on behind a thought that has ended: its last message is nothing but a thought, and there may be no
 * more of it.
 */
export function closesThought({ messages, maxThoughtTokens }: ChatRequest): boolean {
  const last = messages.at(-1);
  const isThought = last?.role === 'assistant' && last.content === '' && last.thought !== undefined;
  return isThought && maxThoughtTokens !== undefined && maxThoughtTokens <= 1;
}

function continuationFields(request: ChatRequest, dialect: Dialect): Fields {
  if (request.messages.at(-1)?.role !== 'assistant') return {};
  const closed = closesThought(request) ? dialect.closedThought : undefined;
  return { ...(closed ?? dialect.continuation) };
}

/** The body of `POST /v1/completions`. @param suffix the text behind the hole, for servers that take it. */
export function completionBody(
  model: string,
  { prompt, maxTokens, sampling, stop = [] }: CompletionRequest,
  dialect: Dialect,
  { suffix, withProbabilities = false }: { suffix?: string | undefined; withProbabilities?: boolean } = {},
): Fields {
  return {
    model,
    prompt,
    ...(suffix === undefined ? {} : { suffix }),
    stream: true,
    stream_options: { include_usage: true },
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    ...samplingFields(sampling ?? { temperature: 0 }, dialect),
    ...stopFields(stop),
    ...(withProbabilities && dialect.hasProbabilities ? { logprobs: 1 } : {}),
  };
}

/** The texts around a hole, and those of other places. */
interface InfillTexts {
  readonly prefix: string;
  readonly suffix: string;
  readonly surroundings?: Surroundings | undefined;
}

function extraText({ path, text }: ContextFile): Fields {
  return { filename: path, text };
}

/** The body of llama-server's `POST /infill`. */
export function infillBody(
  model: string,
  { prefix, suffix, surroundings }: InfillTexts,
  { maxTokens, sampling, stop = [] }: Omit<CompletionRequest, 'prompt'>,
  dialect: Dialect,
): Fields {
  return {
    model,
    input_prefix: prefix,
    input_suffix: suffix,
    stream: true,
    cache_prompt: true,
    n_probs: 1,
    ...(surroundings === undefined ? {} : { input_extra: surroundings.files.map(extraText) }),
    ...(maxTokens === undefined ? {} : { n_predict: maxTokens }),
    ...samplingFields(sampling ?? { temperature: 0 }, dialect),
    ...stopFields(stop),
  };
}

/** Without wishes, the server's own defaults apply. */
function samplingFields(sampling: Sampling = {}, dialect: Dialect): Fields {
  const names = Object.entries(dialect.sampling) as [keyof Sampling, string][];
  return Object.fromEntries(
    names.filter(([key]) => sampling[key] !== undefined).map(([key, name]) => [name, sampling[key]]),
  );
}

/** The first ones count most; the reader of the answer applies them all. */
function stopFields(stop: readonly string[]): Fields {
  const sent = stop.filter((text) => text !== '').slice(0, MAX_STOPS);
  return sent.length === 0 ? {} : { stop: sent };
}

function schemaFields(schema: object | undefined, dialect: Dialect): Fields {
  if (schema === undefined) return {};
  if (dialect.schema === 'json_object') return { response_format: { type: 'json_object', schema } };
  return { response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } } };
}

function requiredTool(tools: readonly ToolDefinition[], { namesRequiredTool }: Dialect): Fields {
  const [first, ...others] = tools;
  if (first === undefined) return {};
  const isNamed = namesRequiredTool === true && others.length === 0;
  return { tool_choice: isNamed ? { type: 'function', function: { name: first.name } } : 'required' };
}

function wireTool({ name, description, inputSchema }: ToolDefinition): Fields {
  const parameters = inputSchema ?? { type: 'object', properties: {} };
  const fields = { name, parameters, ...(description === undefined ? {} : { description }) };
  return { type: 'function', function: fields };
}

/** A result is a text in this API, so the images of results come behind the last of those that follow each other. */
function wireMessages(messages: readonly ChatMessage[], dialect: Dialect): Fields[] {
  const names = new Map<string, string>();
  const shown: ImageContent[] = [];
  return messages.flatMap((message, at) => {
    if (message.role === 'assistant') for (const { id, name } of message.toolCalls ?? []) names.set(id, name);
    if (message.role === 'tool') shown.push(...imagesOf(message));
    const wire = wireMessage(message, names, dialect);
    if (shown.length === 0 || messages[at + 1]?.role === 'tool') return [wire];
    const images = shown.splice(0);
    return [wire, { role: 'user', content: userContent({ content: RESULT_IMAGES, images }) }];
  });
}

/** Says to the model where images come from that no person has sent. */
const RESULT_IMAGES = 'These images are of the results above.';

/** @param names of the tools by the ids of their calls; templates of some models need them with a result. */
function wireMessage(
  message: ChatMessage,
  names: ReadonlyMap<string, string>,
  { thoughtField = 'reasoning_content' }: Dialect,
): Fields {
  const { role, content } = message;
  switch (role) {
    case 'system':
      return { role, content };
    case 'user':
      return { role, content: userContent(message) };
    case 'tool': {
      const name = names.get(message.callId);
      return { role, content, tool_call_id: message.callId, ...(name === undefined ? {} : { name }) };
    }
    case 'assistant': {
      const calls = message.toolCalls ?? [];
      return {
        role,
        content,
        ...(message.thought === undefined ? {} : { [thoughtField]: message.thought }),
        ...(calls.length === 0 ? {} : { tool_calls: calls.map(wireCall) }),
      };
    }
  }
}

function wireCall({ id, name, arguments: given }: { id: string; name: string; arguments: object }): Fields {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(given) } };
}

/** Ollama takes images only as data. */
function userContent({ content, images = [] }: Omit<UserMessage, 'role'>): unknown {
  if (images.length === 0) return content;
  const parts = images.map(({ mediaType, bytes }) => ({
    type: 'image_url',
    image_url: { url: `data:${mediaType};base64,${Buffer.from(bytes).toString('base64')}` },
  }));
  return [...parts, { type: 'text', text: content }];
}
