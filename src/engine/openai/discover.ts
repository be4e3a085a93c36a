/** Finding out which program is behind an address, and which models it serves. */
import { isModelError, ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import type { EndpointSource } from '../../inference/index.ts';
import {
  type Ask,
  candidateUrls,
  formatEndpointUrl,
  readModelList,
  recognizeServer,
  type ServedModel,
  type Server,
} from '../../openaiApi/index.ts';
import { type EndpointAccess, EndpointClient } from './endpointClient.ts';
import { notThisApi } from './failures.ts';

/** An endpoint that answers. */
export interface FoundEndpoint {
  /** The base of its API, such as `http://localhost:8000/v1`. */
  readonly url: string;
  /** The name of the program, such as `llama-server`. */
  readonly server: string;
  /** The models that can answer or complete; not those that only make embeddings. */
  readonly models: readonly ServedModel[];
}

/** Options of {@link findEndpoint}. */
export interface FindOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until each answer begins. Defaults to 15,000. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Finds the API at an address that a person typed, below the usual paths.
 * @throws ModelError of the network, `endpoint-denied`, `engine-error` if there is no such API.
 */
export async function findEndpoint(
  access: EndpointAccess,
  url: URL,
  options: FindOptions = {},
): Promise<FoundEndpoint> {
  let failure: unknown;
  for (const candidate of candidateUrls(url)) {
    try {
      return await listModels(access, candidate, options);
    } catch (error) {
      // Another path may have the API, but the server is the same.
      if (!isModelError(error, 'not-found') && !isModelError(error, 'engine-error')) throw error;
      failure ??= error;
    }
  }
  throw failure;
}

/** Lists the models of an endpoint. @throws ModelError as {@link findEndpoint}. */
export async function listModels(
  access: EndpointAccess,
  base: URL,
  options: FindOptions = {},
): Promise<FoundEndpoint> {
  const url = formatEndpointUrl(base);
  const client = new EndpointClient(access.http(), base, () => access.secret(url));
  const { server, models } = await readModels(client, options);
  const described = (await server.describeAll?.(models, askOf(client, options))) ?? models;
  return { url, server: server.name, models: described.filter(({ abilities }) => abilities.chat !== false) };
}

/** A model that is about to be used, with the program that serves it. */
export interface DescribedModel {
  readonly server: Server;
  readonly model: ServedModel;
}

/** @throws ModelError of the network, `endpoint-denied`, `not-found` if the server does not have the model any more. */
export async function describeModel(
  client: EndpointClient,
  source: EndpointSource,
  signal: AbortSignal | undefined,
): Promise<DescribedModel> {
  const { server, models } = await readModels(client, { signal });
  const model = models.find(({ id }) => id === source.model);
  if (model === undefined) {
    const message = t('{0} does not serve {1} any longer. Choose another model.', client.host, source.model);
    throw new ModelError('not-found', message);
  }
  return { server, model: (await server.describe?.(model, askOf(client, { signal }))) ?? model };
}

async function readModels(
  client: EndpointClient,
  options: FindOptions,
): Promise<{ server: Server; models: ServedModel[] }> {
  const entries = readModelList(await client.ask('/models', undefined, options));
  if (entries === undefined) throw notThisApi(client);
  const server = await recognizeServer(entries, askOf(client, options));
  return { server, models: entries.map((entry) => server.readEntry(entry)) };
}

function askOf(client: EndpointClient, options: FindOptions): Ask {
  return (path, body) => client.tryAsk(path, body, options);
}
