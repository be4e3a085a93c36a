/** Tools for models whose template does not know them, in forms that `format/` reads. */
import type { ToolCall, ToolDefinition } from '../index.ts';
import { PLAIN_JSON, writeJson } from './jinja/json.ts';
import { toValue } from './jinja/values.ts';
import { toTemplateTools } from './turns.ts';

/** Writes a call. @param args JSON. */
type CallForm = (name: string, args: string) => string;

/** Of Hermes and Qwen, and the one that most models have seen. */
const HERMES: CallForm = (name, args) => `<tool_call>\n{"name": ${name}, "arguments": ${args}}\n</tool_call>`;

/** Of DeepSeek, whose distilled models have a template with calls and without tools. */
const DEEPSEEK: CallForm = (name, args) =>
  '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>' +
  `${name}\n\`\`\`json\n${args}\n\`\`\`<｜tool▁call▁end｜><｜tool▁calls▁end｜>`;

/** Describes tools as Qwen's template does. @param template whose form of calls is shown. */
export function describeTools(tools: readonly ToolDefinition[], template: string): string {
  const isDeepSeek = template.includes('<｜tool▁calls▁begin｜>');
  const example = (isDeepSeek ? DEEPSEEK : HERMES)('<function-name>', '<args-json-object>');
  const how = isDeepSeek
    ? 'For each function call, return its name and a json object with its arguments in this form:'
    : 'For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:';
  return [
    '# Tools\n\nYou may call one or more functions to assist with the user query.\n',
    'You are provided with function signatures within <tools></tools> XML tags:\n<tools>',
    ...toTemplateTools(tools).map(json),
    `</tools>\n\n${how}\n${example}`,
  ].join('\n');
}

export function callsAsText(calls: readonly ToolCall[]): string {
  return calls.map(({ name, arguments: args }) => HERMES(json(name), json(args))).join('\n');
}

export function resultAsText(content: string): string {
  return `<tool_response>\n${content}\n</tool_response>`;
}

/** JSON as models know it from templates: with spaces. */
function json(value: unknown): string {
  return writeJson(toValue(value), PLAIN_JSON);
}
