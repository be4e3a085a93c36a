/** Calls as they are handed on: of an offered tool, with arguments that fit. */
import type { AnswerCall, OfferedTool } from './answer.ts';
import { coerceArguments, propertyNames } from './coerce.ts';
import { typed } from './marks.ts';
import type { RawCall } from './outputFamily.ts';

/** Returns a call whose tool was offered and whose arguments fit its schema, after coercion; undefined for any other. */
export function validCall(
  { name, arguments: named, positional = [], isText = false, isFlat = false }: RawCall,
  tools: readonly OfferedTool[],
): AnswerCall | undefined {
  const tool = toolNamed(name, tools);
  if (tool === undefined) return undefined;
  const given: Record<string, unknown> = { ...named };
  const names = propertyNames(tool.inputSchema);
  if (positional.length > names.length) return undefined;
  if (isFlat && Object.keys(named).some((key) => !names.includes(key))) return undefined;
  for (const [index, value] of positional.entries()) given[names[index] ?? ''] = value;
  if (isText)
    for (const [key, value] of Object.entries(given)) given[key] = typed(value, key, tool.inputSchema);
  const fitted = coerceArguments(given, tool.inputSchema);
  return fitted === undefined ? undefined : { name: tool.name, arguments: fitted };
}

function toolNamed(name: string, tools: readonly OfferedTool[]): OfferedTool | undefined {
  const bare = name.trim().replace(/^(?:functions?|tools?|default_api|assistant)[.:]/, '');
  const exact = tools.find((tool) => tool.name === name.trim() || tool.name === bare);
  return exact ?? tools.find((tool) => tool.name.toLowerCase() === bare.toLowerCase());
}
