/** The options of one model as rows: what applies, and who says so. */
import { asLocalized, type Localized, t } from '../../base/l10n.ts';
import { SAMPLING_NAMES, type Sampling } from '../../base/sampling.ts';
import { singleLine } from '../../base/text.ts';
import type { ListedModel, ModelOptions } from '../../session/index.ts';
import { settings } from '../window/settings.ts';

/** An option: a key of {@link ModelOptions}, or a parameter of sampling. */
export type OptionKey = Exclude<keyof ModelOptions, 'sampling'> | keyof Sampling;

/** A row of the list. */
export interface OptionRow {
  readonly key: OptionKey;
  readonly label: Localized;
  readonly value: string;
  /** Says where the value comes from. */
  readonly origin: Localized;
  readonly group: Localized;
}

/** Longest system prompt that is shown, in characters. */
const SHOWN_CHARACTERS = 80;

const PARAMETERS = Object.keys(SAMPLING_NAMES) as (keyof Sampling)[];

/** Returns the options of a model in the order in which they are shown. */
export function optionRows(model: ListedModel): OptionRow[] {
  const own = model.options ?? {};
  const { defaults = {} } = model;
  const published = defaults.contextTokens;
  const load = settings.load(published);
  const loading = t('Applied when it is loaded again, at the next request');
  const answering = t('Applied at the next request');
  const isPublished = published !== undefined && load.contextTokens === published;
  const contextSize = origin(
    load.contextTokens,
    isPublished ? t('from the publisher') : t('from the settings'),
  );
  return [
    row('contextTokens', t('Context size'), own.contextTokens, contextSize, loading),
    row('threads', t('Threads'), own.threads, origin(load.threads, t('from the settings')), loading),
    row('gpuLayers', t('GPU layers'), own.gpuLayers, origin(undefined), loading),
    row(
      'cacheType',
      t('Type of the cache'),
      own.cacheType,
      { value: 'f16', says: t('llama.cpp’s own') },
      loading,
    ),
    row(
      'keepLoaded',
      t('Keep loaded'),
      own.keepLoaded && t('yes'),
      { value: t('no'), says: t('as all models') },
      answering,
    ),
    row(
      'systemPrompt',
      t('System prompt'),
      own.systemPrompt === ''
        ? t('none')
        : own.systemPrompt && singleLine(own.systemPrompt, SHOWN_CHARACTERS),
      defaults.system === undefined
        ? { value: t('none'), says: t('the publisher recommends none') }
        : { value: singleLine(defaults.system, SHOWN_CHARACTERS), says: t('from the publisher') },
      answering,
    ),
    ...PARAMETERS.map((parameter) => samplingRow(parameter, model, answering)),
  ];
}

interface Default {
  readonly value: string;
  readonly says: Localized;
}

function origin(value: number | undefined, says = t('chosen for this machine')): Default {
  return value === undefined
    ? { value: t('automatic'), says: t('chosen for this machine') }
    : { value: String(value), says };
}

function samplingRow(
  parameter: keyof Sampling,
  { options, defaults }: ListedModel,
  group: Localized,
): OptionRow {
  const published = defaults?.sampling?.[parameter];
  const other: Default =
    published === undefined
      ? { value: t('automatic'), says: t('the publisher recommends none') }
      : { value: String(published), says: t('from the publisher or the file') };
  // Names of parameters are the same in every language.
  return row(parameter, asLocalized(SAMPLING_NAMES[parameter]), options?.sampling?.[parameter], other, group);
}

function row(
  key: OptionKey,
  label: Localized,
  own: string | number | undefined,
  { value, says }: Default,
  group: Localized,
): OptionRow {
  return own === undefined
    ? { key, label, value, origin: says, group }
    : { key, label, value: String(own), origin: t('yours; otherwise {0} ({1})', value, says), group };
}
