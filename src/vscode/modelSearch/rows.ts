/** The rows of “Search Models…”. */
import * as vscode from 'vscode';
import { formatBytes, formatCount } from '../../base/format.ts';
import { type Localized, t } from '../../base/l10n.ts';
import {
  FITS_FILTER,
  type JudgedMachine,
  type ListedRepository,
  type ModelQuery,
  matchesQuery,
  searchBuiltIn,
  USES,
  type Use,
  useFilter,
} from '../../catalog/index.ts';
import { familiarReference, hostOf, type Reference } from '../../oci/index.ts';
import { type ListedModel, rowLabel } from '../../session/index.ts';
import { localFit } from '../modelFacts.ts';
import { sizeText, under } from '../pullBox/rows.ts';
import { messageOf } from '../window/errors.ts';
import type { Choice } from '../window/notify.ts';

/** The registry that is only searched if the user chooses to: the words leave the machine. */
export const HUB = 'huggingface.co';
/** Most rows of this machine, or of one host. */
const SHOWN_ROWS = 100;

/** A model that was found: one of this machine, or a name to pull. */
export type FoundModel =
  | { readonly kind: 'local'; readonly id: string }
  | { readonly kind: 'name'; readonly name: string };

/** A row; rows without a member of these only say something. */
export interface FoundRow extends Choice {
  readonly found?: FoundModel;
  /** The filter that the row adds to the text. */
  readonly filter?: string;
  /** True for the row that searches Hugging Face. */
  readonly asksHub?: boolean;
}

/** The answer of one host. */
export interface HostResult {
  readonly host: string;
  readonly repositories: readonly ListedRepository[];
  readonly error?: unknown;
}

export function hintRow(): FoundRow {
  return { icon: 'search', label: t('Type words or choose a filter') };
}

export function searchingRow(): FoundRow {
  return { icon: 'loading~spin', label: t('Searching registries…') };
}

export function nothingRow(): FoundRow {
  return { icon: 'circle-slash', label: t('No model matches') };
}

/** The words for uses. */
const USE_NAMES: Readonly<Record<Use, () => Localized>> = {
  chat: () => t('chat'),
  code: () => t('code'),
  tools: () => t('tools'),
  vision: () => t('pictures'),
  embedding: () => t('embeddings'),
  fim: () => t('completions at the cursor'),
};

/** `chat, code`, in words. */
export function usesText(uses: readonly Use[]): string {
  return uses.map((use) => USE_NAMES[use]()).join(', ');
}

/**
 * The rows of a text with something that looks like a filter and is none: which filters there are, or those that begin
 * like it.
 */
export function unknownFilterRows([first]: readonly string[]): FoundRow[] {
  if (first === undefined) return [];
  const all = filterRows();
  const begun = all.filter(({ filter }) => filter?.startsWith(first));
  const flaw: FoundRow = { icon: 'warning', label: t('“{0}” is not a filter; choose one of these', first) };
  return [flaw, ...(begun.length > 0 ? begun : all)];
}

export function filterRows(): FoundRow[] {
  const uses = USES.map((use) => ({ filter: useFilter(use), description: USE_NAMES[use]() }));
  const others = [
    { filter: FITS_FILTER, description: t('runs on this machine') },
    { filter: '<4gb', description: t('files of at most 4 GB') },
    { filter: '>1gb', description: t('files of at least 1 GB') },
  ];
  const rows = [...uses, ...others].map((row): FoundRow => ({ icon: 'filter', label: row.filter, ...row }));
  return under(t('filters'), rows);
}

/** The rows of the first models that were found, and one that says how many there are more. */
function shownOf<T>(found: readonly T[], rowOf: (one: T) => FoundRow): FoundRow[] {
  const rows = found.slice(0, SHOWN_ROWS).map(rowOf);
  const more = found.length - rows.length;
  if (more === 0) return rows;
  return [...rows, { icon: 'ellipsis', label: t('{0} more; type more of the name', more) }];
}

export function localRows(
  models: readonly ListedModel[],
  query: ModelQuery,
  machine: JudgedMachine | undefined,
): FoundRow[] {
  const found = models
    .map((model) => ({
      model,
      bytes: model.sizeBytes,
      name: model.id,
      verdict: machine && localFit(model, machine)?.verdict,
    }))
    .filter((one) => matchesQuery(one, query, machine));
  const rows = shownOf(
    found,
    ({ model }): FoundRow => ({
      icon: 'pass-filled',
      label: rowLabel(model).label,
      description: [rowLabel(model).origin, formatBytes(model.sizeBytes), model.quantization]
        .filter(Boolean)
        .join(' · '),
      found: { kind: 'local', id: model.id },
    }),
  );
  return under(t('on this machine'), rows);
}

export function builtInRows(query: ModelQuery, machine: JudgedMachine | undefined): FoundRow[] {
  const rows = searchBuiltIn(query, machine).map(({ model, tag }): FoundRow => {
    const name = nameOf({ registry: 'docker.io', repository: model.name, tag: tag.tag });
    return {
      icon: 'sparkle',
      label: name,
      description: [sizeText({ bytes: tag.bytes, name }, machine), usesText(model.uses)].join(' · '),
      found: { kind: 'name', name },
    };
  });
  return under(t('known models, on Docker Hub'), rows);
}

/** The rows of registries' lists. A host that failed has a row that says why. */
export function hostRows(
  results: readonly HostResult[],
  query: ModelQuery,
  machine: JudgedMachine | undefined,
): FoundRow[] {
  const isBuiltIn = new Set(searchBuiltIn(query, machine).map(({ model }) => `docker.io/${model.name}`));
  return results.flatMap(({ host, repositories, error }) => {
    const title = hostOf(host)?.title ?? host;
    if (error !== undefined)
      return [{ icon: 'warning', label: t('{0} was not searched', title), detail: messageOf(error) }];
    const found = repositories.filter(
      (one) => matchesQuery(one, query, machine) && !isBuiltIn.has(`${host}/${one.name}`),
    );
    const rows = shownOf(found, (one) => repositoryRow(host, one));
    return under(t('on {0}', title), rows);
  });
}

function repositoryRow(host: string, { name: repository, pulls, description }: ListedRepository): FoundRow {
  const name = nameOf({ registry: host, repository });
  const counted = pulls === undefined ? undefined : t('{0} pulls', formatCount(pulls, vscode.env.language));
  return {
    icon: 'package',
    label: name,
    description: [counted, description].filter(Boolean).join(' · '),
    found: { kind: 'name', name },
  };
}

/** The row that searches Hugging Face; none without a word to search for. */
export function searchHubRow({ words }: ModelQuery): FoundRow[] {
  if (words.length === 0) return [];
  return [{ icon: 'globe', label: t('Search Hugging Face for “{0}”', words.join(' ')), asksHub: true }];
}

/** The name as people write it; one without a tag stays without. */
function nameOf(reference: Reference): string {
  const { tag = 'latest' } = reference;
  const name = familiarReference({ ...reference, tag });
  return reference.tag === undefined && name.endsWith(':latest') ? name.slice(0, -':latest'.length) : name;
}
