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

/** The parts of a name. A part that was not written is empty; one that a separator promised is `!MISSING!`. */
export interface OllamaName {
  readonly scheme: string;
  readonly host: string;
  readonly namespace: string;
  readonly model: string;
  readonly tag: string;
}

/** What Ollama puts in for parts that were not written. */
export const OLLAMA_DEFAULTS = { host: 'registry.ollama.ai', namespace: 'library', tag: 'latest' } as const;

/** Stands for a part that a separator promises and that is empty. It is no valid part. */
const MISSING = '!MISSING!';

/** Which rule a part follows. */
export type OllamaPart = 'host' | 'namespace' | 'model' | 'tag';

const PARTS: Readonly<Record<OllamaPart, { readonly pattern: RegExp; readonly maxLength: number }>> = {
  host: { pattern: /^[A-Za-z0-9_][A-Za-z0-9_.:-]*$/, maxLength: 350 },
  namespace: { pattern: /^[A-Za-z0-9_][A-Za-z0-9_-]*$/, maxLength: 80 },
  model: { pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, maxLength: 80 },
  tag: { pattern: /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, maxLength: 80 },
};

/** Whether `text` may stand as the given part of a name. */
export function isOllamaPart(part: OllamaPart, text: string): boolean {
  const { pattern, maxLength } = PARTS[part];
  return text.length <= maxLength && pattern.test(text);
}

/** The text before and behind the last `separator`, or undefined where there is none. */
function cutLast(text: string, separator: string): readonly [before: string, after: string] | undefined {
  const at = text.lastIndexOf(separator);
  if (at < 0) return undefined;
  return [text.slice(0, at) || MISSING, text.slice(at + separator.length) || MISSING];
}

/** The parts of a name as they are written, without defaults. Never throws; {@link isWholeOllamaName} judges. */
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

/** A name with Ollama's defaults in the place of parts that were not written. */
export function withOllamaDefaults(name: OllamaName): OllamaName {
  return {
    ...name,
    host: name.host || OLLAMA_DEFAULTS.host,
    namespace: name.namespace || OLLAMA_DEFAULTS.namespace,
    tag: name.tag || OLLAMA_DEFAULTS.tag,
  };
}

/** The first part that is missing or not valid, or undefined where the name is whole and valid. */
export function wrongOllamaPart(name: OllamaName): OllamaPart | undefined {
  const parts: readonly OllamaPart[] = ['host', 'namespace', 'model', 'tag'];
  return parts.find((part) => !isOllamaPart(part, name[part]));
}

/** Whether all four parts are there and valid. */
export function isWholeOllamaName(name: OllamaName): boolean {
  return wrongOllamaPart(name) === undefined;
}

/** `host/namespace/model:tag` of a whole name. */
export function formatOllamaName({ host, namespace, model, tag }: OllamaName): string {
  return `${host}/${namespace}/${model}:${tag}`;
}

/** The shortest text that Ollama shows for a whole name: the default host and namespace are left out. */
export function shortOllamaName({ host, namespace, model, tag }: OllamaName): string {
  if (host.toLowerCase() !== OLLAMA_DEFAULTS.host) return `${host}/${namespace}/${model}:${tag}`;
  if (namespace.toLowerCase() !== OLLAMA_DEFAULTS.namespace) return `${namespace}/${model}:${tag}`;
  return `${model}:${tag}`;
}

/** Where Ollama's store keeps the manifest of a whole name, below its folder `manifests`, with `/`. */
export function ollamaManifestPath({ host, namespace, model, tag }: OllamaName): string {
  return `${host}/${namespace}/${model}/${tag}`;
}

/** The whole name of a path of {@link ollamaManifestPath}, or undefined where it is none. */
export function parseOllamaManifestPath(path: string): OllamaName | undefined {
  const [host = '', namespace = '', model = '', tag = '', more] = path.split('/');
  const name = { scheme: '', host, namespace, model, tag };
  return more === undefined && isWholeOllamaName(name) ? name : undefined;
}
