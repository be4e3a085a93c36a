/**
 * The read side of distribution-spec over any OCI image layout, so that other machines and tests can pull from this
 * one.
 */
import type { FileHandle } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { ModelError, systemErrorCode } from '../base/error.ts';
import { t } from '../base/l10n.ts';
import { type Log, silentLog } from '../base/log.ts';
import type { Descriptor } from '../oci/spec/descriptor.ts';
import { ServeError } from './distributionErrors.ts';
import { isAllowedHost } from './hostHeader.ts';
import { pageOf } from './page.ts';
import { parseRange } from './range.ts';
import { Repositories, type Repository } from './repositories.ts';
import { checkDigest, parseRoute } from './route.ts';

export interface ServerOptions {
  /** Folder of the OCI image layout. */
  readonly layout: string;
  /** Defaults to `127.0.0.1`. */
  readonly host?: string | undefined;
  /** Defaults to 0, which takes a free port. */
  readonly port?: number | undefined;
  /** Repository of names in index.json that are only a tag. Defaults to `model`. */
  readonly defaultRepository?: string | undefined;
  readonly log?: Log | undefined;
}

/** A running server. */
export interface RegistryServer {
  /** `http://127.0.0.1:5000`. */
  readonly url: string;
  /** `127.0.0.1:5000`, as in a reference. */
  readonly host: string;
  /** Ends all connections and stops listening. */
  close(): Promise<void>;
}

/**
 * Starts a read-only registry.
 * @throws ModelError `store-error` if `layout` is not an OCI image layout, `registry-error` if the port is not
 * available.
 */
export async function startRegistryServer(options: ServerOptions): Promise<RegistryServer> {
  const bindHost = options.host ?? '127.0.0.1';
  const service = new RegistryService(options, bindHost);
  await service.check();
  const server = createServer((request, response) => void service.answer(request, response));
  await listen(server, options.port ?? 0, bindHost);
  const { port } = server.address() as AddressInfo;
  const host = `${bindHost.includes(':') ? `[${bindHost}]` : bindHost}:${port}`;
  return { url: `http://${host}`, host, close: () => close(server) };
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const message = t(
        'The registry cannot listen on {0} ({1}). Choose another port or host.',
        `${host}:${port}`,
        systemErrorCode(error) ?? error.message,
      );
      reject(new ModelError('registry-error', message, { cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Errors of a client that stopped reading, which are not failures. */
const CLIENT_GONE = ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'];

class RegistryService {
  readonly #repositories: Repositories;
  readonly #log: Log;
  readonly #host: string;
  readonly #layout: string;

  constructor(options: ServerOptions, host: string) {
    this.#layout = options.layout;
    this.#log = options.log ?? silentLog;
    this.#host = host;
    this.#repositories = new Repositories(options.layout, options.defaultRepository ?? 'model', this.#log);
  }

  /** Reads the index, so that a wrong folder is an error now and not at the first request. */
  async check(): Promise<void> {
    try {
      await this.#repositories.all();
    } catch (error) {
      const message = t('{0} is not an OCI image layout: it has no readable index.json.', this.#layout);
      throw new ModelError('store-error', message, { cause: error });
    }
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader('Docker-Distribution-API-Version', 'registry/2.0');
    response.setHeader('X-Content-Type-Options', 'nosniff');
    try {
      await this.#dispatch(request, response);
    } catch (error) {
      this.#refuse(request, response, error);
    }
  }

  async #dispatch(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isAllowedHost(request.headers.host, this.#host)) {
      throw new ServeError('DENIED', 'this registry answers only under its own address');
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      throw new ServeError('UNSUPPORTED', 'this registry is read-only');
    }
    const url = urlOf(request);
    const route = parseRoute(url.pathname);
    if (route.kind === 'base') return sendJson(request, response, 200, {});
    const repositories = await this.#repositories.all();
    if (route.kind === 'catalog') {
      const page = pageOf([...repositories.keys()].sort(), url);
      if (page.link !== undefined) response.setHeader('Link', page.link);
      return sendJson(request, response, 200, { repositories: page.entries });
    }
    const repository = repositories.get(route.name);
    if (repository === undefined) {
      throw new ServeError('NAME_UNKNOWN', 'repository name not known to registry', {
        detail: { name: route.name },
      });
    }
    if (route.kind === 'tags') {
      const page = pageOf([...repository.tags.keys()].sort(), url);
      if (page.link !== undefined) response.setHeader('Link', page.link);
      return sendJson(request, response, 200, { name: route.name, tags: page.entries });
    }
    if (route.kind === 'manifest') return this.#manifest(request, response, repository, route.reference);
    return this.#blob(request, response, repository, route.digest);
  }

  async #manifest(
    request: IncomingMessage,
    response: ServerResponse,
    repository: Repository,
    reference: string,
  ): Promise<void> {
    const digest = reference.includes(':') ? checkDigest(reference) : repository.tags.get(reference);
    const descriptor = digest === undefined ? undefined : repository.manifests.get(digest);
    const bytes = descriptor === undefined ? undefined : await this.#repositories.readManifest(descriptor);
    if (descriptor === undefined || bytes === undefined) {
      throw new ServeError('MANIFEST_UNKNOWN', 'manifest unknown', {
        detail: { reference: reference.slice(0, 300) },
      });
    }
    setContentHeaders(response, descriptor);
    if (isUnchanged(request, descriptor)) return end(response, 304);
    response.setHeader('Content-Type', descriptor.mediaType);
    response.setHeader('Content-Length', bytes.length);
    response.writeHead(200).end(request.method === 'HEAD' ? undefined : bytes);
  }

  async #blob(
    request: IncomingMessage,
    response: ServerResponse,
    repository: Repository,
    digest: string,
  ): Promise<void> {
    const descriptor = repository.blobs.get(digest) ?? repository.manifests.get(digest);
    const file = descriptor === undefined ? undefined : await this.#repositories.openBlob(descriptor);
    if (descriptor === undefined || file === undefined) {
      throw new ServeError('BLOB_UNKNOWN', 'blob unknown to registry', { detail: { digest } });
    }
    try {
      await this.#sendBlob(request, response, descriptor, file);
    } finally {
      await file.close();
    }
  }

  async #sendBlob(
    request: IncomingMessage,
    response: ServerResponse,
    descriptor: Descriptor,
    file: FileHandle,
  ): Promise<void> {
    setContentHeaders(response, descriptor);
    response.setHeader('Accept-Ranges', 'bytes');
    response.setHeader('Content-Type', 'application/octet-stream');
    if (isUnchanged(request, descriptor)) return end(response, 304);
    const { size } = descriptor;
    const range = parseRange(wantedRange(request, descriptor), size);
    if (range.kind === 'unsatisfiable') {
      response.setHeader('Content-Range', `bytes */${size}`);
      response.setHeader('Content-Length', 0);
      return end(response, 416);
    }
    const [first, last] = range.kind === 'part' ? [range.first, range.last] : [0, size - 1];
    if (range.kind === 'part') response.setHeader('Content-Range', `bytes ${first}-${last}/${size}`);
    response.setHeader('Content-Length', last - first + 1);
    response.writeHead(range.kind === 'part' ? 206 : 200);
    if (request.method === 'HEAD' || size === 0) return void response.end();
    await pipeline(file.createReadStream({ start: first, end: last, autoClose: false }), response);
  }

  #refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    // The client left, or the file broke off. Only the broken connection can say so.
    if (response.headersSent) {
      response.destroy();
      if (!CLIENT_GONE.includes(systemErrorCode(error) ?? '')) {
        this.#log.warn(`A download broke off: ${String(error)}`);
      }
      return;
    }
    if (!(error instanceof ServeError)) this.#log.error(`The registry failed to answer: ${String(error)}`);
    const known =
      error instanceof ServeError
        ? error
        : new ServeError('UNKNOWN', 'the registry failed; its log says why');
    for (const name of ['Accept-Ranges', 'Content-Type', 'Docker-Content-Digest', 'ETag'])
      response.removeHeader(name);
    sendJson(request, response, known.status, known);
  }
}

function urlOf(request: IncomingMessage): URL {
  try {
    return new URL(request.url ?? '/', 'http://registry');
  } catch {
    throw new ServeError('NAME_INVALID', 'the path is not valid');
  }
}

function sendJson(request: IncomingMessage, response: ServerResponse, status: number, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', bytes.length);
  response.writeHead(status).end(request.method === 'HEAD' ? undefined : bytes);
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status).end();
}

function etagOf(descriptor: Descriptor): string {
  return `"${descriptor.digest}"`;
}

function setContentHeaders(response: ServerResponse, descriptor: Descriptor): void {
  response.setHeader('Docker-Content-Digest', descriptor.digest);
  response.setHeader('ETag', etagOf(descriptor));
}

/** Evaluates If-None-Match (RFC 9110, section 13.1.2). */
function isUnchanged(request: IncomingMessage, descriptor: Descriptor): boolean {
  const known = request.headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return known !== undefined && (known.includes('*') || known.includes(etagOf(descriptor)));
}

/**
 * Returns the Range header, unless If-Range names other content or the method has no ranges (RFC 9110, 13.1.5, 14.2).
 */
function wantedRange(request: IncomingMessage, descriptor: Descriptor): string | undefined {
  const condition = request.headers['if-range'];
  if (request.method !== 'GET') return undefined;
  return condition === undefined || condition === etagOf(descriptor) ? request.headers.range : undefined;
}
