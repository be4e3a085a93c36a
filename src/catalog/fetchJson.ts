/** Lists that are no registry's, but an API's of its own. */
import type { z } from 'zod';
import { ModelError } from '../base/error.ts';
import type { HttpClient } from '../oci/index.ts';

/** How an API is asked, and what its failures are called. */
export interface FetchJsonOptions {
  readonly http: HttpClient;
  readonly signal?: AbortSignal | undefined;
  /** Of the answer. */
  readonly maxBytes: number;
  /** The host that errors name. */
  readonly registry: string;
  /** The error of an answer with another status than 200. */
  readonly refused: (status: number) => ModelError;
  /** The sentence about an answer that is not what was asked for. */
  readonly unusable: string;
}

/** @throws ModelError what `refused` gives; `registry-error` for what `schema` does not take; of the HTTP client. */
export async function fetchJson<T>(
  url: URL,
  schema: z.ZodType<T>,
  { http, signal, maxBytes, registry, refused, unusable }: FetchJsonOptions,
): Promise<T> {
  const answer = await http.get({ url, headers: { accept: 'application/json' }, signal });
  if (answer.status !== 200) {
    await http.discard(answer);
    throw refused(answer.status);
  }
  const body = await http.readAll(answer, maxBytes);
  try {
    return schema.parse(JSON.parse(body?.toString('utf8') ?? ''));
  } catch (cause) {
    throw new ModelError('registry-error', unusable, { registry, cause });
  }
}
