/** Pages of a list (distribution-spec, spec.md, "Listing Tags"): `n`, `last` and the Link header of RFC 5988. */
import { ServeError } from './distributionErrors.ts';

/** The most entries of one response. */
const MAX_PAGE = 1000;

export interface Page {
  readonly entries: readonly string[];
  /** Value of the Link header; undefined on the last page. */
  readonly link: string | undefined;
}

/** Returns the requested page. @param all sorted. @throws ServeError `PAGINATION_NUMBER_INVALID`. */
export function pageOf(all: readonly string[], url: URL): Page {
  const count = pageSize(url.searchParams.get('n'));
  const last = url.searchParams.get('last');
  const rest = last === null ? all : all.filter((entry) => entry > last);
  const entries = rest.slice(0, count);
  const end = entries.at(-1);
  if (end === undefined || entries.length === rest.length) return { entries, link: undefined };
  const query = new URLSearchParams({ last: end, n: String(count) });
  return { entries, link: `<${url.pathname}?${query}>; rel="next"` };
}

function pageSize(text: string | null): number {
  if (text === null) return MAX_PAGE;
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text), MAX_PAGE);
  throw new ServeError('PAGINATION_NUMBER_INVALID', 'invalid number of results requested', {
    detail: { n: text.slice(0, 40) },
  });
}
