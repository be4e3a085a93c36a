/** The rows of a repository's tags in the pull box. */
import { type Localized, t } from '../../base/l10n.ts';
import { type ListedTag, recommendTag } from '../../catalog/index.ts';
import { type MachineMemory, quantizationIn } from '../../gguf/index.ts';
import { DEFAULTS, familiarReference, type Reference } from '../../oci/index.ts';
import { messageOf } from '../window/errors.ts';
import { type PullRow, sizeText, under } from './rows.ts';
import type { TagList } from './tagLists.ts';

/** Most rows of tags; among more, nobody looks for one. */
const SHOWN_TAGS = 200;
/** Most tags among which one is recommended. */
const MAX_RECOMMENDED = 2000;

/** The row of a list that is on its way. */
export function listingRow(reference: Reference): PullRow {
  return { icon: 'loading~spin', label: t('Listing the tags of {0}…', shortName(reference)) };
}

/** The row of a list that did not come. The name can be pulled nevertheless. */
export function failureRow(reference: Reference, error: unknown): PullRow {
  return {
    icon: 'warning',
    label: t('The tags of {0} are not known', shortName(reference)),
    detail: messageOf(error),
  };
}

/**
 * The rows of a repository's tags, with size, quantization and verdict as far as they are known. Only those that begin
 * as the typed tag does are shown, or all if none does.
 * @param typedTag undefined if the text has no tag.
 * @param machine judges the models; undefined while it is not known yet.
 */
export function tagRows(
  reference: Reference,
  typedTag: string | undefined,
  { tags, isCut }: TagList,
  machine: MachineMemory | undefined,
): PullRow[] {
  const best = recommended(reference.repository, tags, machine);
  const begun = typedTag === undefined ? tags : tags.filter(({ tag }) => tag.startsWith(typedTag));
  const matching = begun.length === 0 ? tags : begun;
  const first = matching.filter(({ tag }) => tag === best);
  const ordered = [...first, ...matching.filter(({ tag }) => tag !== best)];
  const rows = ordered.slice(0, SHOWN_TAGS).map((tag) => tagRow(reference, tag, best, machine));
  const more = ordered.length - rows.length;
  const rest = more > 0 || isCut ? [moreRow(more, isCut)] : [];
  return [...under(headingOf(reference, tags, isCut || begun.length > 0), rows), ...rest];
}

/** A tag that is only begun, or may be among those that were cut off, is not missing. */
function headingOf(reference: Reference, tags: readonly ListedTag[], mayBeThere: boolean): Localized {
  const name = shortName(reference);
  const { tag = '' } = reference;
  return mayBeThere || tags.some((listed) => listed.tag === tag)
    ? t('tags of {0}', name)
    : t('{0} has no tag “{1}”; it has these', name, tag);
}

function moreRow(count: number, isCut: boolean): PullRow {
  const label = isCut
    ? t('More tags are not listed; type the one that you want')
    : t('{0} more tags; type the beginning of one', count);
  return { icon: 'ellipsis', label };
}

function recommended(
  repository: string,
  tags: readonly ListedTag[],
  machine: MachineMemory | undefined,
): string | undefined {
  if (machine === undefined || tags.length > MAX_RECOMMENDED) return undefined;
  const choices = tags.filter(({ tag }) => quantizationIn(tag) !== undefined);
  // With one tag there is nothing to choose from.
  return choices.length < 2 ? undefined : recommendTag(choices, machine, repository);
}

function tagRow(
  reference: Reference,
  { tag, bytes }: ListedTag,
  best: string | undefined,
  machine: MachineMemory | undefined,
): PullRow {
  const parts = [
    bytes === undefined ? undefined : sizeText({ bytes, name: `${reference.repository}:${tag}` }, machine),
    quantizationIn(tag),
    tag === best ? t('recommended') : undefined,
  ];
  return {
    icon: tag === best ? 'star-full' : 'tag',
    label: tag,
    description: parts.filter((part) => part !== undefined).join(' · '),
    chosen: { ...reference, tag },
  };
}

/** The name of a repository as people write it. Without a tag, only the whole name would be read back as itself. */
function shortName({ registry, repository }: Reference): string {
  const { tag } = DEFAULTS;
  return familiarReference({ registry, repository, tag }).slice(0, -`:${tag}`.length);
}
