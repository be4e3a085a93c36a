/** JSON APIs that hosts have beside the distribution API, asked within bounds. */
import * as z from 'zod';
import { ModelError } from '../../base/error.ts';
import { parseSmallJson } from '../../base/json.ts';
import { type Localized, t } from '../../base/l10n.ts';
import { plainText } from '../../base/text.ts';
import { parseUrl } from '../../base/url.ts';
import { header, inBrackets, isErrorBody, readReason, webPageError } from '../../oci/index.ts';
import type { ListedRepository, ListingOptions } from './catalogHost.ts';

/** Bytes of an error's body that are read. */
const MAX_ERROR_BODY = 64 * 1024;
/** Bytes of one page; a hundred repositories with their descriptions are a few hundred kilobytes. */
const MAX_PAGE_BYTES = 2 * 1024 * 1024;
/** Pages of sizes that are read: repositories have a few dozen tags. */
const MAX_SIZE_PAGES = 5;

/** The API of one host. */
export interface HostApi {
  /** The registry that errors name. */
  readonly registry: string;
  /** The name that people know the host by. */
  readonly title: string;
  /** The public address of the API. */
  readonly url: string;
}

/** One request to an API. */
export interface ApiRequest<T> {
  readonly schema: z.ZodType<T>;
  /** The thing asked for, as in “the request for `the repositories of ai`”. */
  readonly what: Localized;
  /** Defaults to {@link MAX_PAGE_BYTES}. */
  readonly maxBytes?: number;
  /** Returns the message of a status that says that there is no such thing, or undefined for other statuses. */
  readonly missing?: (status: number) => Localized | undefined;
}

/** Returns an address of the API. @param query values that are undefined are left out. */
export function apiUrl(
  api: HostApi,
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
  { apiUrls }: ListingOptions,
): URL {
  const url = new URL(path, apiUrls?.[api.registry] ?? api.url);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
}

/** @param saying ` (the server's reason)`, or nothing. */
function refusal(
  { registry, title }: HostApi,
  { what, missing }: Pick<ApiRequest<unknown>, 'what' | 'missing'>,
  status: number,
  saying: string,
): ModelError {
  const details = { registry, status };
  const message = missing?.(status);
  if (message !== undefined) return new ModelError('not-found', message, details);
  if (status === 429) {
    return new ModelError(
      'rate-limited',
      t('{0} limits how often its lists are requested{1}. Wait a minute and try again.', title, saying),
      { ...details, retryable: true },
    );
  }
  return new ModelError(
    'registry-error',
    t('{0} answered {1} to the request for {2}{3}. Try again later.', title, status, what, saying),
    { ...details, retryable: status >= 500 },
  );
}

/**
 * Asks for JSON.
 * @throws ModelError `not-found`, `rate-limited`, `registry-error`, `offline`, `tls`, `cancelled`.
 */
export async function askApi<T>(
  api: HostApi,
  url: URL,
  request: ApiRequest<T>,
  { registry: { http }, signal }: ListingOptions,
): Promise<T> {
  const { schema, what, maxBytes = MAX_PAGE_BYTES } = request;
  const { registry, title: hostTitle } = api;
  const answer = await http.get({ url, headers: { accept: 'application/json' }, signal });
  const { status, headers } = answer;
  const isSuccess = status === 200;
  const body = isSuccess
    ? await http.readAll(answer, maxBytes)
    : await http.readStart(answer, MAX_ERROR_BODY);
  const { text, isPage, title } = readReason(
    body?.subarray(0, MAX_ERROR_BODY) ?? Buffer.alloc(0),
    header(headers, 'content-type'),
  );
  if (status === 511 || (isPage && status < 400))
    throw webPageError({ registry, host: url.host, what, title, status });
  const saying = inBrackets(text);
  if (!isSuccess) throw refusal(api, request, status, saying);
  const parsed = schema.safeParse(body === undefined ? undefined : parseSmallJson(body));
  if (parsed.success) return parsed.data;
  if (body !== undefined && isErrorBody(body)) throw refusal(api, request, status, saying);
  const message = t('{0} returned an unexpected response for {1}. Try again later.', hostTitle, what);
  throw new ModelError('registry-error', message, { registry, cause: parsed.error });
}

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** The address of the next page, relative or absolute; nothing on the last one. */
  readonly next: string | undefined | null;
}

/**
 * Reads a list page by page, up to `maxPages`. The next page has to be on the same server: an answer must not choose
 * the servers that this machine talks to.
 */
export async function readPages<T>(
  first: URL,
  maxPages: number,
  read: (url: URL) => Promise<Page<T>>,
  onCut: (() => void) | undefined,
): Promise<T[]> {
  const found: T[] = [];
  let url = first;
  for (let pages = 1; ; pages++) {
    const { items, next } = await read(url);
    found.push(...items);
    if (!next) return found;
    const address = parseUrl(next, url);
    if (address?.origin !== first.origin || pages >= maxPages) {
      onCut?.();
      return found;
    }
    url = address;
  }
}

/** A list as an answer has it. */
export interface CountedList<T> {
  readonly items: T[];
  /** The number of items before some were left out, by which the last page is told. */
  readonly count: number;
}

/**
 * A list of which items that are not as documented are left out: one of them is no reason to show none of the others. A
 * list that has nothing else is refused.
 */
export function countedListOf<T>(item: z.ZodType<T>): z.ZodType<CountedList<T>> {
  return z.array(z.unknown()).transform((all, context) => {
    const items = all.flatMap((one) => {
      const { success, data } = item.safeParse(one);
      return success ? [data] : [];
    });
    if (items.length === 0 && all.length > 0) context.addIssue('No item of the list is one.');
    return { items, count: all.length };
  });
}

/** {@link countedListOf} for lists whose last page is told by something else. */
export function listOf<T>(item: z.ZodType<T>): z.ZodType<T[]> {
  return countedListOf(item).transform(({ items }) => items);
}

/** A count as APIs give it; null means that it is not known. */
export const countSchema = z.number().nonnegative().nullish();

/** Characters of a description that are kept. */
const MAX_LINE = 200;

/** Returns a publisher's description as one line, or undefined if there is none. */
export function lineOf(description: string | null | undefined): string | undefined {
  return (
    plainText(description ?? '')
      .trim()
      .slice(0, MAX_LINE) || undefined
  );
}

/** Returns each repository once, without those that cannot be named in a reference. */
export function uniqueNames(
  found: readonly ListedRepository[],
  isName: (name: string) => boolean,
): ListedRepository[] {
  return [...new Map(found.map((one) => [one.name, one])).values()].filter(({ name }) => isName(name));
}

/** The size of one tag, in bytes. */
export type TagSize = readonly [tag: string, bytes: number];

/** A size as APIs give it; zero and null mean that it is not known. */
export const sizeSchema = z.number().nonnegative().nullish();

/**
 * Reads the sizes of tags, which are only nice to have: a refusal or an unexpected answer ends the list.
 * @param pageUrl of page 1 and so on.
 * @param parse reads one page, or returns undefined if it is none.
 * @throws ModelError `cancelled`, `offline`, `tls`.
 */
export async function readSizes<T>(
  pageUrl: (page: number) => URL,
  schema: z.ZodType<T>,
  parse: (page: T) => {
    readonly sizes: readonly (readonly [string, number | null | undefined])[];
    readonly isLast: boolean;
  },
  { registry: { http }, signal }: ListingOptions,
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (let number = 1; number <= MAX_SIZE_PAGES; number++) {
    const answer = await http.get({ url: pageUrl(number), headers: { accept: 'application/json' }, signal });
    if (answer.status !== 200) {
      await http.discard(answer);
      return found;
    }
    const body = await http.readAll(answer, MAX_PAGE_BYTES);
    const page = body === undefined ? undefined : schema.safeParse(parseSmallJson(body)).data;
    if (page === undefined) return found;
    const { sizes, isLast } = parse(page);
    for (const [tag, bytes] of sizes) if (typeof bytes === 'number' && bytes > 0) found.set(tag, bytes);
    if (isLast) return found;
  }
  return found;
}
