/** Models on servers, as lists show them. */
import type { Localized } from '../base/l10n.ts';
import type { Abilities, ServedModel } from '../openaiApi/index.ts';

/** An endpoint that the user added. */
export interface EndpointEntry {
  /** For people. */
  readonly name: string;
  /** The base of its API, such as `http://localhost:8000/v1`. */
  readonly url: string;
}

/** A model on a server. */
export interface EndpointModel {
  /** See {@link endpointModelId}. */
  readonly id: string;
  /** For people: the server's name for it. */
  readonly label: string;
  readonly endpoint: EndpointEntry;
  /** The server's name for it. */
  readonly model: string;
  /** Tokens that the server allocated for one conversation; undefined if it has not told. */
  readonly contextTokens?: number | undefined;
  readonly abilities: Abilities;
  /** The server knows its publisher's wishes itself. */
  readonly defaults?: undefined;
  readonly problem?: undefined;
  readonly reason?: undefined;
}

const PREFIX = 'endpoint:';

/**
 * Returns the id of a model on a server, `endpoint:<base>#<name>`. No reference of a registry has this form: a tag has no
 * slash.
 */
export function endpointModelId(url: string, model: string): string {
  return `${PREFIX}${url}#${model}`;
}

/** Tells if an id is that of a model on a server, which may have been removed. */
export function isEndpointId(id: string): boolean {
  return id.startsWith(PREFIX);
}

/** Returns a model of an endpoint. */
export function endpointModel(
  endpoint: EndpointEntry,
  { id: model, contextTokens, abilities }: Pick<ServedModel, 'id' | 'contextTokens' | 'abilities'>,
): EndpointModel {
  return {
    id: endpointModelId(endpoint.url, model),
    label: shortName(model),
    endpoint,
    model,
    contextTokens,
    abilities,
  };
}

/** Returns the model of an id if its endpoint is among `entries`, without asking the server. */
export function endpointModelOf(id: string, entries: readonly EndpointEntry[]): EndpointModel | undefined {
  for (const entry of entries) {
    const start = endpointModelId(entry.url, '');
    if (id.startsWith(start) && id.length > start.length)
      return endpointModel(entry, { id: id.slice(start.length), abilities: {} });
  }
  return undefined;
}

/** llama-server and vLLM name a model by its path. */
function shortName(model: string): string {
  const isPath = /^(?:\/|[a-z]:\\|~)/i.test(model);
  return (isPath ? model.split(/[/\\]/).filter(Boolean).at(-1) : undefined) ?? model;
}

/** The last answer of an endpoint. */
export interface EndpointStatus {
  readonly endpoint: EndpointEntry;
  /** The name of the program; undefined until it has answered. */
  readonly server?: string | undefined;
  readonly models: readonly EndpointModel[];
  /** The reason why it did not answer. */
  readonly problem?: Localized | undefined;
  /** True if it refused the API key, or wants one. */
  readonly isDenied?: boolean | undefined;
  readonly isAsking: boolean;
}
