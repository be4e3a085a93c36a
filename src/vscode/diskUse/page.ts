/**
 * The page about the space that models take. Bars are drawn by attributes of SVG, because the policy of pages forbids
 * styles on elements.
 */
import { formatByteProgress, formatBytes } from '../../base/format.ts';
import { type Localized, t } from '../../base/l10n.ts';
import type { DiskReport, Download, ModelShare } from '../../library/index.ts';
import type { CommandId } from '../commands/ids.generated.ts';
import { downloadName } from '../views/local/download.ts';
import { commandLink, htmlText, type PageContent } from '../window/page.ts';
import { STYLE } from './style.ts';

/** The bundle of the page has translations of its own. */
export { useTranslations } from '../../base/l10n.ts';

/** The commands of links. */
const COMMANDS = {
  show: 'ociModels.disk.show',
  delete: 'ociModels.model.delete',
  remove: 'ociModels.download.remove',
} as const satisfies Record<string, CommandId>;

/** Most rows of a list. A page of thousands would take the editor seconds to draw. */
const SHOWN = 500;

/** The models of another tool. */
export interface ToolUse {
  readonly tool: string;
  readonly models: number;
  readonly bytes: number;
}

/** Everything that the page shows. */
export interface DiskFacts {
  readonly folder: string;
  /** Bytes that are free on its disk; undefined if that is not known. */
  readonly freeBytes: number | undefined;
  readonly report: DiskReport;
  /** Short names by full references. */
  readonly labels: ReadonlyMap<string, string>;
  readonly downloads: readonly Download[];
  /** Bytes of damaged content that was set aside. */
  readonly quarantineBytes: number;
  /** Bytes of saved states of conversations. */
  readonly stateBytes: number;
  /** Undefined while they are looked for. */
  readonly tools: readonly ToolUse[] | undefined;
}

/** @param facts of this moment. */
export function diskPage(facts: DiskFacts): PageContent {
  const body = [
    `<h1>${htmlText(t('Disk Use'))}</h1>`,
    head(facts),
    modelSection(facts),
    downloadSection(facts.downloads),
    restSection(facts),
    toolSection(facts.tools),
  ];
  return { title: t('Disk Use'), style: STYLE, body: body.filter((part) => part !== '').join('\n') };
}

function head({ report, downloads, quarantineBytes, stateBytes, folder, freeBytes }: DiskFacts): string {
  const partial = downloads.reduce((sum, { doneBytes }) => sum + doneBytes, 0);
  const total = formatBytes(report.contentBytes + partial + quarantineBytes + stateBytes);
  const free =
    freeBytes === undefined ? '' : htmlText(t('{0} are free on this disk.', formatBytes(freeBytes)));
  return `<p><strong>${htmlText(total)}</strong> ${htmlText(t('in {0}.', folder))} ${free}
${commandLink(COMMANDS.show, t('Refresh'), t('Read the disk again'))}</p>`;
}

function section(title: Localized, body: string): string {
  return `<section><h2>${htmlText(title)}</h2>\n${body}\n</section>`;
}

function modelSection({ report, labels }: DiskFacts): string {
  const { models } = report;
  if (models.length === 0) {
    return section(t('Models'), `<p>${htmlText(t('There is no model on this machine yet.'))}</p>`);
  }
  // The largest is the first.
  const most = Math.max(1, ...models.slice(0, 1).map(({ ownBytes, sharedBytes }) => ownBytes + sharedBytes));
  const labelOf = (id: string): string => labels.get(id) ?? id;
  const rows = models
    .slice(0, SHOWN)
    .map((share) => modelRow(share, most, labelOf))
    .join('\n');
  const more = moreText(
    models.length - SHOWN,
    (count) => t('{0} smaller models are not listed here, but in Local Models.', count),
    t('1 smaller model is not listed here, but in Local Models.'),
  );
  const legend =
    report.sharedBytes === 0
      ? ''
      : `<p class="legend">${swatch('own')}${htmlText(t('of this model alone'))} ${swatch('shared')}${htmlText(
          t('shared with other models, {0} in all, counted once above', formatBytes(report.sharedBytes)),
        )}</p>`;
  return section(t('Models'), `${legend}<ul>\n${rows}\n</ul>${more}`);
}

/** The line below a list that was cut; empty below a whole one. */
function moreText(count: number, several: (count: number) => Localized, one: Localized): string {
  if (count <= 0) return '';
  return `\n<p class="details">${htmlText(count === 1 ? one : several(count))}</p>`;
}

function modelRow(share: ModelShare, most: number, labelOf: (id: string) => string): string {
  const { id, ownBytes, sharedBytes, freedBytes } = share;
  const name = labelOf(id);
  const frees = consequence(freedBytes, ownBytes - freedBytes);
  const shared = sharedBytes === 0 ? undefined : sharedText(share, labelOf);
  const details = [frees, shared].filter((text) => text !== undefined).join(' ');
  return `<li title="${htmlText(id)}"><div class="line"><span class="name">${htmlText(name)}</span>
<span class="size">${htmlText(formatBytes(ownBytes + sharedBytes))}</span></div>
${bar(ownBytes / most, sharedBytes / most)}
<div class="line"><span class="details">${htmlText(details)}</span>
${commandLink(COMMANDS.delete, t('Delete…'), t('Delete {0}', name), id)}</div></li>`;
}

function sharedText(
  { sharedBytes, sharedWith, sharesWithMore }: ModelShare,
  labelOf: (id: string) => string,
): Localized {
  const [bytes, names] = [formatBytes(sharedBytes), sharedWith.map(labelOf).join(', ')];
  return sharesWithMore
    ? t('{0} shared with {1} and others.', bytes, names)
    : t('{0} shared with {1}.', bytes, names);
}

/** @param heldBytes of the model alone that stay: hard links of other programs, or a pull that runs. */
function consequence(freedBytes: number, heldBytes: number): Localized {
  const freed = formatBytes(freedBytes);
  if (heldBytes > 0)
    return t(
      'Deleting it frees {0}; {1} stay because something else uses them.',
      freed,
      formatBytes(heldBytes),
    );
  return freedBytes === 0 ? t('Deleting it frees no space.') : t('Deleting it frees {0}.', freed);
}

function downloadSection(downloads: readonly Download[]): string {
  if (downloads.length === 0) return '';
  const rows = downloads.slice(0, SHOWN).map((download) => {
    const { id, doneBytes, size, active } = download;
    const name = downloadName(download);
    const remove =
      active === undefined
        ? commandLink(COMMANDS.remove, t('Remove…'), t('Remove the partial download of {0}', name), id)
        : htmlText(t('downloading'));
    return `<li title="${htmlText(id)}"><div class="line"><span class="name">${htmlText(name)}</span>
<span class="size">${htmlText(formatByteProgress(doneBytes, size))}</span></div>
${bar(size === 0 ? 0 : doneBytes / size, 0)}
<div class="line"><span class="details"></span>${remove}</div></li>`;
  });
  const more = moreText(
    downloads.length - SHOWN,
    (count) => t('{0} more are not listed here, but in Local Models.', count),
    t('1 more is not listed here, but in Local Models.'),
  );
  const note = t('Partial downloads are kept for a week and can be resumed.');
  return section(
    t('Unfinished Downloads'),
    `<p class="details">${htmlText(note)}</p><ul>\n${rows.join('\n')}\n</ul>${more}`,
  );
}

function restSection({ report, quarantineBytes, stateBytes }: DiskFacts): string {
  const rows: readonly (readonly [Localized, number, Localized])[] = [
    [
      t('Content of no model'),
      report.unneededBytes,
      t('Removed after a day, unless another program put it there.'),
    ],
    [t('Set aside as damaged'), quarantineBytes, t('Removed when the model is pulled again or deleted.')],
    [t('States of conversations'), stateBytes, t('Removed when their model is unloaded.')],
  ];
  const present = rows.filter(([, bytes]) => bytes > 0);
  if (present.length === 0) return '';
  return section(t('Other Files'), list(present));
}

function toolSection(tools: readonly ToolUse[] | undefined): string {
  const title = t('Other Tools on This Machine');
  if (tools === undefined) return section(title, `<p>${htmlText(t('Looking…'))}</p>`);
  if (tools.length === 0)
    return section(title, `<p>${htmlText(t('No models of other tools were found.'))}</p>`);
  const rows = tools.map(({ tool, models, bytes }) => {
    const count = models === 1 ? t('1 model') : t('{0} models', models);
    return [tool, bytes, count] as const;
  });
  const note = t('Not counted above. What was imported may share its space with them.');
  return section(title, `<p class="details">${htmlText(note)}</p>${list(rows)}`);
}

function list(rows: readonly (readonly [name: string, bytes: number, details: Localized])[]): string {
  const items = rows.map(
    ([name, bytes, details]) => `<li><div class="line"><span class="name">${htmlText(name)}</span>
<span class="size">${htmlText(formatBytes(bytes))}</span></div><div class="details">${htmlText(details)}</div></li>`,
  );
  return `<ul>\n${items.join('\n')}\n</ul>`;
}

/** A bar of two parts, each a share of the whole width. Its numbers are written beside it. */
function bar(own: number, shared: number): string {
  const percent = (part: number): string => `${(100 * Math.min(1, Math.max(0, part))).toFixed(2)}%`;
  const rest =
    shared > 0 ? `<rect class="shared" x="${percent(own)}" width="${percent(shared)}" height="8"/>` : '';
  return `<svg class="bar" width="100%" height="8" aria-hidden="true"><rect class="own" width="${percent(own)}" height="8"/>${rest}</svg>`;
}

function swatch(kind: 'own' | 'shared'): string {
  return `<svg class="swatch" width="10" height="10" aria-hidden="true"><rect class="${kind}" width="10" height="10"/></svg>`;
}
