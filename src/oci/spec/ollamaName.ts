/**
 * Model names as Ollama has them (ollama, types/model/name.go).
 *
 * Grammar, read from the right:
 *   name      ::= [ [ [ scheme "://" ] host "/" ] namespace "/" ] model [ ":" tag ]
 *   host      ::= start ( start | "-" | "." | ":" )*      at most 350 characters
 *   namespace ::= start ( start | "-" )*                  at most 80
 *   model     ::= start ( start | "-" | "." )*            at most 80
 *   tag       ::= start ( start | "-" | "." )*            at most 80
 *   start     ::= [A-Za-z0-9_]
 * Case is kept, and two names that differ only in it are the same model.
 */

/**
 * The parts of a name. A part that was not written is empty; one that is missing beside its separator is `!MISSING!`.
 */
export interface OllamaName {
  readonly scheme: string;
  readonly host: string;
  readonly namespace: string;
  readonly model: string;
  readonly tag: string;
}

/** Ollama's defaults for parts that were not written. */
export const OLLAMA_DEFAULTS = { host: 'registry.ollama.ai', namespace: 'library', tag: 'latest' } as const;

/** Stands for a part that is missing beside its separator. It is not a valid part. */
const MISSING = '!MISSING!';

/** The parts of a name that have a rule each. */
export type OllamaPart = 'host' | 'namespace' | 'model' | 'tag';

const PARTS: Readonly<Record<OllamaPart, { readonly pattern: RegExp; readonly maxLength: number }>> = {
  host: { pattern: /^[A-Za-z0-9_][A-Za-z0-9_.:-]*$/, maxLength: 350 },
  namespace: { pattern: /^[A-Za-z0-9_][A-Za-z0-9_-]*$/, maxLength: 80 },
  model: { pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, maxLength: 80 },
  tag: { pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, maxLength: 80 },
};

/** Tells whether `text` is valid as the given part of a name. */
export function isOllamaPart(part: OllamaPart, text: string): boolean {
  const { pattern, maxLength } = PARTS[part];
  return text.length <= maxLength && pattern.test(text);
}

/** Returns the text before and after the last `separator`, or undefined if there is none. */
function cutLast(text: string, separator: string): readonly [before: string, after: string] | undefined {
  const at = text.lastIndexOf(separator);
  if (at < 0) return undefined;
  return [text.slice(0, at) || MISSING, text.slice(at + separator.length) || MISSING];
}

/** Splits a name into its parts as written, without defaults. Never throws; {@link isWholeOllamaName} judges. */
export function splitOllamaName(text: string): OllamaName {
  const parts = { scheme: '', host: '', namespace: '', model: '', tag: '' };
  let rest = text;
  if (rest.lastIndexOf(':') > rest.lastIndexOf('/')) [rest, parts.tag] = cutLast(rest, ':') ?? [rest, ''];
  const model = cutLast(rest, '/');
  if (model === undefined) return { ...parts, model: rest };
  [rest, parts.model] = model;
  const namespace = cutLast(rest, '/');
  if (namespace === undefined) return { ...parts, namespace: rest };
  [rest, parts.namespace] = namespace;
  const scheme = rest.indexOf('://');
  return scheme < 0
    ? { ...parts, host: rest }
    : { ...parts, scheme: rest.slice(0, scheme), host: rest.slice(scheme + 3) };
}

/** Fills in Ollama's defaults for parts that were not written. */
export function withOllamaDefaults(name: OllamaName): OllamaName {
  return {
    ...name,
    host: name.host || OLLAMA_DEFAULTS.host,
    namespace: name.namespace || OLLAMA_DEFAULTS.namespace,
    tag: name.tag || OLLAMA_DEFAULTS.tag,
  };
}

/** Returns the first part that is missing or invalid, or undefined if the name is complete and valid. */
export function wrongOllamaPart(name: OllamaName): OllamaPart | undefined {
  const parts: readonly OllamaPart[] = ['host', 'namespace', 'model', 'tag'];
  return parts.find((part) => !isOllamaPart(part, name[part]));
}

/** Tells whether all four parts are present and valid. */
export function isWholeOllamaName(name: OllamaName): boolean {
  return wrongOllamaPart(name) === undefined;
}

/** Formats a complete name as `host/namespace/model:tag`. */
export function formatOllamaName({ host, namespace, model, tag }: OllamaName): string {
  return `${host}/${namespace}/${model}:${tag}`;
}

/** Returns the shortest text that Ollama shows for a complete name, without the default host and namespace. */
export function shortOllamaName({ host, namespace, model, tag }: OllamaName): string {
  if (host.toLowerCase() !== OLLAMA_DEFAULTS.host) return `${host}/${namespace}/${model}:${tag}`;
  if (namespace.toLowerCase() !== OLLAMA_DEFAULTS.namespace) return `${namespace}/${model}:${tag}`;
  return `${model}:${tag}`;
}

/** Returns the path of the manifest of a complete name below the folder `manifests` of Ollama's store, with `/`. */
export function ollamaManifestPath({ host, namespace, model, tag }: OllamaName): string {
  return `${host}/${namespace}/${model}/${tag}`;
}

/** Returns the complete name of a path of {@link ollamaManifestPath}, or undefined if it is not one. */
export function parseOllamaManifestPath(path: string): OllamaName | undefined {
  const [host = '', namespace = '', model = '', tag = '', more] = path.split('/');
  const name = { scheme: '', host, namespace, model, tag };
  return more === undefined && isWholeOllamaName(name) ? name : undefined;
}
