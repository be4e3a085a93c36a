/** Shortens the descriptions of tools, of which VS Code's agent sends 53,000 characters. Names and types stay. */
import type { ToolDefinition } from '../../inference/index.ts';

/** Characters of a tool's description. */
const TOOL_CHARACTERS = 200;
/** Characters of an argument's description. */
const ARGUMENT_CHARACTERS = 100;
/** Levels of a schema beyond which it is any value. */
const MAX_DEPTH = 8;
/** Keys of a schema that say something a small model can use. */
const KEPT = new Set([
  'type',
  'properties',
  'required',
  'items',
  'enum',
  'const',
  'anyOf',
  'oneOf',
  'allOf',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
]);

/** Returns the first sentences of a text that fit, but at least the start of the first. */
function firstSentences(text: string, max: number): string {
  const flat = text.replace(/\s+/g, ' ').trim();
  if (flat.length <= max) return flat;
  const ends = [...flat.slice(0, max).matchAll(/[.!?](?= )/g)];
  const end = ends.at(-1)?.index;
  return end === undefined ? `${flat.slice(0, max - 1).trimEnd()}…` : flat.slice(0, end + 1);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shortSchema(schema: unknown, depth: number): unknown {
  if (Array.isArray(schema)) return schema.map((one) => shortSchema(one, depth));
  if (!isObject(schema)) return schema;
  if (depth > MAX_DEPTH) return {};
  const short: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'description' && typeof value === 'string')
      short[key] = firstSentences(value, ARGUMENT_CHARACTERS);
    else if (key === 'properties' && isObject(value)) short[key] = shortProperties(value, depth + 1);
    else if (KEPT.has(key)) short[key] = shortSchema(value, depth + 1);
  }
  return short;
}

/** The names of properties are data, whatever they are. */
function shortProperties(properties: Readonly<Record<string, unknown>>, depth: number) {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, shortSchema(schema, depth)]),
  );
}

/** Returns a tool with the same name and the same types of arguments, described in a sentence each. */
export function shortTool({ name, description, inputSchema }: ToolDefinition): ToolDefinition {
  return {
    name,
    ...(description === undefined ? {} : { description: firstSentences(description, TOOL_CHARACTERS) }),
    ...(inputSchema === undefined ? {} : { inputSchema: shortSchema(inputSchema, 0) as object }),
  };
}
