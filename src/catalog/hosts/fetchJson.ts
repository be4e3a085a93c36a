/** Lists that are no registry's, but an API's of its own. */
import type { z } from 'zod';
import { ModelError } from '../../base/error.ts';
import { parseSmallJson } from '../../base/json.ts';
import { type HttpClient, header, isErrorBody, readReason, webPageError } from '../../oci/index.ts';

/** Bytes of an error's body that are read. */
const MAX_ERROR_BODY = 64 * 1024;

/** How an API is asked, and what its failures are called. */
export interface FetchJsonOptions {
  readonly http: HttpClient;
  readonly signal?: AbortSignal | undefined;
  /** Of the answer. */
  readonly maxBytes: number;
  /** The host that errors name. */
  readonly registry: string;
  /** What is asked for, as in “for `its list of ai`”. */
  readonly what: string;
  /** The error of another status than 200, or of an error that came with it. @param saying ` (its reason)`, or nothing. */
  readonly refused: (status: number, saying: string) => ModelError;
  /** The sentence about an answer that is not what was asked for. */
  readonly unusable: string;
}

/** @throws ModelError what `refused` gives; `registry-error` for what `schema` does not take; of the HTTP client. */
export async function fetchJson<T>(
  url: URL,
  schema: z.ZodType<T>,
  { http, signal, maxBytes, registry, what, refused, unusable }: FetchJsonOptions,
): Promise<T> {
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
  const saying = text === '' ? '' : ` (${text})`;
  if (!isSuccess) throw refused(status, saying);
  const parsed = schema.safeParse(body === undefined ? undefined : parseSmallJson(body));
  if (parsed.success) return parsed.data;
  if (body !== undefined && isErrorBody(body)) throw refused(status, saying);
  throw new ModelError('registry-error', unusable, { registry, cause: parsed.error });
}
