/** What is known of a model as rows for people: for tooltips, and for “Inspect Model”. */
import * as vscode from 'vscode';
import type { ModelDefaults } from '../artifact/index.ts';
import { formatBytes } from '../base/format.ts';
import { t } from '../base/l10n.ts';
import { formatSampling } from '../base/sampling.ts';
import { singleLine } from '../base/text.ts';
import { estimatedModel, type Inspection } from '../catalog/index.ts';
import { contextFor, type EstimatedModel, type Fit, judgeFit, type MachineMemory } from '../gguf/index.ts';
import { formatReference } from '../oci/index.ts';
import { settings } from './window/settings.ts';

/** A name and a value. */
export type FactRow = readonly [name: string, value: string];

/** The verdict for the context of the settings; undefined where the model's shape is not known. */
export function fitOf(model: EstimatedModel | undefined, machine: MachineMemory): Fit | undefined {
  if (model === undefined) return undefined;
  return judgeFit(model, contextFor(model, settings.contextTokens()), machine);
}

/** “fits on GPU” and so on. */
export function verdictText({ verdict }: Fit): string {
  switch (verdict) {
    case 'gpu':
      return t('fits on GPU');
    case 'part-gpu':
      return t('fits, part on CPU');
    case 'cpu':
      return t('fits on CPU, slow');
    case 'none':
      return t('does not fit');
  }
}

/** The verdict with its figures. */
export function fitText(fit: Fit, machine: MachineMemory): string {
  const { estimate, gpuBytes, contextTokens } = fit;
  const parts = t(
    'weights {0}, context of {1} tokens {2}, buffers and process {3}',
    formatBytes(estimate.weights),
    contextTokens,
    formatBytes(estimate.kvCache),
    formatBytes(estimate.compute + estimate.process),
  );
  const free =
    machine.gpu === undefined
      ? t('{0} are free', formatBytes(machine.availableBytes))
      : t(
          '{0} are free, and {1} on the GPU',
          formatBytes(machine.availableBytes),
          formatBytes(machine.gpu.availableBytes),
        );
  const onGpu = fit.verdict === 'part-gpu' ? ` ${t('({0} on the GPU)', formatBytes(gpuBytes))}` : '';
  return `${verdictText(fit)}: ${t('about {0}', formatBytes(estimate.total))}${onGpu} (${parts}); ${free}`;
}

function yesNo(value: boolean | undefined): string | undefined {
  if (value === undefined) return undefined;
  return value ? t('yes') : t('no');
}

/** Stop texts that are shown; there are seldom more than three. */
const SHOWN_STOPS = 3;
/** Characters of a stop text that are shown. */
const SHOWN_CHARACTERS = 40;

/** How a publisher wants a model to be run, in one line; undefined where nothing is said. */
export function defaultsText(defaults: ModelDefaults | undefined): string | undefined {
  if (defaults === undefined) return undefined;
  const { sampling = {}, contextTokens, maxTokens, stop = [], system, messages } = defaults;
  const stops = stop.slice(0, SHOWN_STOPS).map((text) => JSON.stringify(text.slice(0, SHOWN_CHARACTERS)));
  const parts = [
    formatSampling(sampling),
    contextTokens === undefined ? '' : t('context of {0}', tokens(contextTokens)),
    maxTokens === undefined ? '' : t('answers of at most {0}', tokens(maxTokens)),
    stops.length === 0 ? '' : t('stops at {0}', stops.join(' ')),
    stop.length > SHOWN_STOPS ? t('{0} more', stop.length - SHOWN_STOPS) : '',
    system === undefined ? '' : t('a system prompt'),
    messages === undefined ? '' : t('{0} messages beforehand', messages.length),
  ];
  return parts.filter((part) => part !== '').join(', ') || undefined;
}

/** What is known before a model is pulled: its file's wishes, and its config's. */
function inspectedDefaults({ artifact, description }: Inspection): ModelDefaults {
  const { defaults } = artifact.metadata;
  return { ...defaults, sampling: { ...description?.sampling, ...defaults?.sampling } };
}

/**
 * The rows of a model that was looked at. What is not known has none.
 * @param local the defaults of the same model if it is on this machine, with those that are files of their own.
 * @param reason why it does not run here.
 */
export function inspectionRows(
  inspection: Inspection,
  machine: MachineMemory,
  local?: ModelDefaults,
  reason = inspection.artifact.reason,
): FactRow[] {
  const { artifact, description, contextTokens } = inspection;
  const fit = fitOf(estimatedModel(inspection), machine);
  const abilities = [
    description?.tools === true ? t('tools') : undefined,
    description?.thinking === true ? t('thinking') : undefined,
    description?.infill === true ? t('fill in the middle') : undefined,
  ].filter((ability) => ability !== undefined);
  return present([
    [t('Reference'), formatReference({ ...inspection.reference, digest: undefined })],
    [t('Digest'), inspection.manifestDigest],
    [t('Runs here'), reason],
    [t('Memory'), fit === undefined ? undefined : fitText(fit, machine)],
    [t('Size'), formatBytes(artifact.totalBytes)],
    [t('Parameters'), inspection.parameters],
    [t('Quantisation'), inspection.quantization],
    [t('Trained context'), contextTokens === undefined ? undefined : tokens(contextTokens)],
    [t('Architecture'), artifact.metadata.architecture ?? description?.architecture],
    [t('Layers'), description?.blockCount?.toString()],
    [t('Experts'), expertsText(inspection)],
    [t('Tool calls'), yesNo(description?.tools)],
    [t('Abilities'), abilities.length === 0 ? undefined : abilities.join(', ')],
    [t('Defaults'), defaultsText(local ?? inspectedDefaults(inspection))],
    [t('Licence'), inspection.license],
    [t('Packaging'), `${artifact.family}, ${artifact.format}`],
    [t('Problem'), inspection.problem],
  ]);
}

function tokens(count: number): string {
  return t('{0} tokens', count.toLocaleString(vscode.env.language));
}

function expertsText({ description }: Inspection): string | undefined {
  const { expertCount, expertUsedCount } = description ?? {};
  if (expertCount === undefined || expertUsedCount === undefined) return undefined;
  return t('{0} of {1} for each token', expertUsedCount, expertCount);
}

function present(rows: readonly (readonly [string, string | undefined])[]): FactRow[] {
  return rows.filter((row): row is FactRow => row[1] !== undefined && row[1] !== '');
}

/** Rows as one text, each on its line. */
export function factsText(rows: readonly FactRow[]): string {
  return rows.map(([name, value]) => `${name}: ${singleLine(value)}`).join('\n');
}
