/** Sizes of tags on Docker Hub, whose own listing tells them; a registry's list has only names. */
import { z } from 'zod';
import { parseSmallJson } from '../../base/json.ts';
import type { HubOptions } from './dockerHub.ts';

/** The most that the API gives in one page, and pages that are read: repositories have a few dozen tags. */
const PAGE_SIZE = 100;
const MAX_PAGES = 5;
/** Bytes of one page. */
const MAX_PAGE_BYTES = 2 * 1024 * 1024;

const page = z.object({
  next: z.string().nullish(),
  results: z.array(z.object({ name: z.string(), full_size: z.number().nonnegative().nullish() })),
});

/**
 * The bytes of each tag of `repository`, as far as they can be had: they are only good to have, so a refusal leaves
 * the map empty. @param repository `ai/smollm2`.
 * @throws ModelError `cancelled`, `offline`, `tls`.
 */
export async function listHubTagSizes(
  repository: string,
  { http, hubUrl, signal }: HubOptions,
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (let number = 1; number <= MAX_PAGES; number++) {
    const url = new URL(`/v2/repositories/${repository}/tags/`, hubUrl);
    url.searchParams.set('page_size', String(PAGE_SIZE));
    url.searchParams.set('page', String(number));
    const answer = await http.get({ url, headers: { accept: 'application/json' }, signal });
    if (answer.status !== 200) {
      await http.discard(answer);
      return sizes;
    }
    const parsed = parsePage(await http.readAll(answer, MAX_PAGE_BYTES));
    for (const { name, full_size: bytes } of parsed?.results ?? [])
      if (typeof bytes === 'number' && bytes > 0) sizes.set(name, bytes);
    if ((parsed?.next ?? '') === '') return sizes;
  }
  return sizes;
}

function parsePage(bytes: Buffer | undefined): z.infer<typeof page> | undefined {
  // What is not the list is not its end either.
  return bytes === undefined ? undefined : page.safeParse(parseSmallJson(bytes)).data;
}
