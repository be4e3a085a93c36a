/** Lists of names, page by page (distribution-spec, "Listing Tags"; distribution, "Listing Repositories"). */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isModelError, ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { CATALOG_SCOPE } from '../auth/scope.ts';
import { webPageError } from '../http/answerErrors.ts';
import { encodingOf } from '../http/decoded.ts';
import { type HttpAnswer, header, headerLines } from '../http/http.ts';
import { pageAfter } from '../http/link.ts';
import { isRepositoryName, isTag } from '../spec/names.ts';
import { inBrackets, readReason } from '../spec/reason.ts';
import { catalogUrl, tagsUrl } from '../spec/urls.ts';
import type { RegistryContext, RequestParts } from './clientContext.ts';
import { NameScanner } from './nameScanner.ts';

/** Names in one page, at most ECR's limit. */
const PAGE_SIZE = 1000;
/** The limits of one list. Nobody looks through more names. */
const MAX_NAMES = 10_000;
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_PAGES = 200;
/** Bytes of a decoded body that are scanned at a time. */
const SLICE_BYTES = 64 * 1024;
/** Bytes that are kept to distinguish a web page from a list. */
const START_BYTES = 1024;

/** Options of a listing. */
export interface ListOptions {
  readonly signal?: AbortSignal | undefined;
  /** Selects names; the others do not count toward the limits. Defaults to all names. */
  readonly filter?: ((name: string) => boolean) | undefined;
  /** Called if the registry has, or may have, more names than are returned. */
  readonly onCut?: (() => void) | undefined;
}

interface ListRequest {
  readonly first: RequestParts;
  /** The field of a page that holds the names. */
  readonly field: string;
  /** Tells whether a name is valid in a reference. */
  readonly isName: (name: string) => boolean;
}

/** One page that has been read. */
interface Page {
  readonly bytes: number;
  /** True if reading stopped before the end of the page. */
  readonly isFull: boolean;
  readonly next: ReturnType<typeof pageAfter>;
}

/** A list that is collected page by page. */
class Listing {
  readonly #context: RegistryContext;
  readonly #registry: string;
  readonly #request: ListRequest;
  readonly #options: ListOptions;
  readonly #names = new Set<string>();
  #bytes = 0;

  constructor(context: RegistryContext, registry: string, request: ListRequest, options: ListOptions) {
    this.#context = context;
    this.#registry = registry;
    this.#request = request;
    this.#options = options;
  }

  /** Reads all pages up to the limits, and removes repeated names. */
  async read(): Promise<string[]> {
    const { first } = this.#request;
    const why = await this.#readPages();
    if (why !== undefined) {
      const { log } = this.#context;
      log.warn(`The list of ${first.what} ends after ${this.#names.size} names, because ${why}.`);
      this.#options.onCut?.();
    }
    return [...this.#names];
  }

  /** Reads pages. Returns the reason why there may be more names, or undefined at the end of the list. */
  async #readPages(): Promise<string | undefined> {
    const { first } = this.#request;
    const seen = new Set<string>();
    let request = this.#context.request(this.#registry, first);
    for (;;) {
      const current = request;
      seen.add(current.url);
      let page: Page;
      try {
        page = await this.#context.retry(() => this.#readPage(current), first.signal);
      } catch (error) {
        // A partial list is better than none.
        if (seen.size === 1 || !isModelError(error) || error.code === 'cancelled') throw error;
        return `the next page failed: ${error.message}`;
      }
      this.#bytes += page.bytes;
      if (page.isFull) return 'that is as much as is read of one';
      if (page.next === undefined) return undefined;
      if (page.next === 'elsewhere') return 'its next page is on another server';
      if (seen.has(page.next.url)) return 'its next page is one that came before';
      if (seen.size >= MAX_PAGES) return 'it has too many pages';
      request = { ...current, url: page.next.url };
    }
  }

  async #readPage(request: ReturnType<RegistryContext['request']>): Promise<Page> {
    const { http } = await this.#context.requester.openOk(request);
    const { field, isName } = this.#request;
    const { filter = () => true } = this.#options;
    let isFull = false;
    let bytes = 0;
    let start = Buffer.alloc(0);
    const scanner = new NameScanner(field, (name) => {
      if (!isName(name) || !filter(name) || this.#names.has(name)) return true;
      isFull = this.#names.size >= MAX_NAMES;
      if (!isFull) this.#names.add(name);
      return !isFull;
    });
    for await (const piece of this.#pieces(http)) {
      if (start.length < START_BYTES) start = Buffer.concat([start, piece.subarray(0, START_BYTES)]);
      bytes += piece.length;
      const wantsMore = scanner.push(piece);
      isFull ||= this.#bytes + bytes > MAX_BYTES;
      if (!wantsMore || isFull) break;
      // Otherwise everything in the queue would be handled without a pause.
      await nextTurn();
    }
    if (!isFull && !scanner.isList) {
      throw this.#notAList(http, start);
    }
    if (!isFull && !scanner.hasField && readReason(start).text !== '') throw this.#notAList(http, start);
    return { bytes, isFull, next: pageAfter(request.url, headerLines(http.headers, 'link')) };
  }

  #notAList({ url, headers }: HttpAnswer, start: Uint8Array): ModelError {
    const { what } = this.#request.first;
    const { text, isPage, title } = readReason(start, header(headers, 'content-type'));
    if (isPage) return webPageError({ registry: this.#registry, host: url.host, what, title });
    return invalidPage(url.host, what, text);
  }

  /** Yields the body as it arrives, decoded if it is encoded. */
  async *#pieces(answer: HttpAnswer): AsyncGenerator<Buffer, void, undefined> {
    if (encodingOf(header(answer.headers, 'content-encoding')) === undefined) {
      yield* this.#context.http.readSmall(answer);
      return;
    }
    const bytes = await this.#context.http.readAll(answer, MAX_BYTES);
    if (bytes === undefined)
      throw invalidPage(answer.url.host, this.#request.first.what, t('it is too large'));
    for (let at = 0; at < bytes.length; at += SLICE_BYTES) yield bytes.subarray(at, at + SLICE_BYTES);
  }
}

/** @param said the answer's own words; may be empty. */
function invalidPage(registry: string, what: string, said: string): ModelError {
  const message = t(
    '{0} returned an unexpected response for {1}{2}. Check the registry’s address.',
    registry,
    what,
    inBrackets(said),
  );
  return new ModelError('registry-error', message, { registry });
}

/** {@link RegistryClient.tags}. Names that are not valid in a reference are left out. */
export async function listTagNames(
  context: RegistryContext,
  registry: string,
  repository: string,
  options: ListOptions,
): Promise<string[]> {
  const first: RequestParts = {
    url: (base: string) => tagsUrl(base, repository, PAGE_SIZE),
    repository,
    what: t('the tags of {0}', repository),
    kind: 'tags',
    signal: options.signal,
  };
  return new Listing(context, registry, { first, field: 'tags', isName: isTag }, options).read();
}

/** {@link RegistryClient.repositories}. Names that are not valid in a reference are left out. */
export async function listRepositoryNames(
  context: RegistryContext,
  registry: string,
  options: ListOptions,
): Promise<string[]> {
  const first: RequestParts = {
    url: (base: string) => catalogUrl(base, PAGE_SIZE),
    scopes: [CATALOG_SCOPE],
    what: t('the list of its repositories'),
    kind: 'catalog',
    signal: options.signal,
  };
  const request = { first, field: 'repositories', isName: isRepositoryName };
  try {
    return await new Listing(context, registry, request, options).read();
  } catch (error) {
    if (!isModelError(error) || ![404, 405, 501].includes(error.status ?? 0)) throw error;
    const message = t(
      '{0} does not list its repositories. Name one instead, such as {0}/owner/model.',
      registry,
    );
    throw new ModelError('not-found', message, { registry, cause: error, status: error.status ?? 404 });
  }
}
