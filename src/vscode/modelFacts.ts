/** Facts about a model as rows for people, in tooltips and in “Inspect Model”. */
import * as vscode from 'vscode';
import type { ModelDefaults } from '../artifact/index.ts';
import { formatBytes } from '../base/format.ts';
import { asLocalized, type Localized, t } from '../base/l10n.ts';
import { formatSampling } from '../base/sampling.ts';
import { singleLine } from '../base/text.ts';
import {
  estimatedModel,
  type Inspection,
  type JudgedMachine,
  judgeBySize,
  type ListedSize,
  type SizeVerdict,
} from '../catalog/index.ts';
import {
  contextFor,
  type EstimatedModel,
  type Fit,
  type FitContext,
  judgeFit,
  LEAST_CONTEXT_TOKENS,
  type MachineMemory,
} from '../gguf/index.ts';
import { formatReference } from '../oci/index.ts';
import type { ListedModel } from '../session/index.ts';
import { settings } from './window/settings.ts';

/** A name and a value. */
export type FactRow = readonly [name: string, value: string];

/**
 * Judges a model that is not pulled for the context that it would be loaded with. Returns undefined if its shape is
 * unknown.
 */
function inspectedFit(inspection: Inspection, machine: MachineMemory): Fit | undefined {
  const model = estimatedModel(inspection);
  const wanted = settings.contextTokens(inspection.artifact.metadata.defaults?.contextTokens);
  return model === undefined ? undefined : judgeFit(model, fitContext(model, wanted), machine);
}

/** @param wanted tokens; undefined if the engine may take fewer than the model has. */
function fitContext(model: EstimatedModel, wanted: number | undefined): FitContext {
  const contextTokens = contextFor(model, wanted);
  return wanted === undefined ? { contextTokens, leastTokens: LEAST_CONTEXT_TOKENS } : { contextTokens };
}

/** Judges a model of this machine for the context that it is loaded with. Returns undefined if its shape is unknown. */
export function localFit(
  { summary, loadedBytes, defaults, options = {} }: ListedModel,
  machine: MachineMemory,
): Fit | undefined {
  if (summary === undefined) return undefined;
  const wanted = options.contextTokens ?? settings.contextTokens(defaults?.contextTokens);
  const { cacheType } = options;
  const model = { ...summary, fileBytes: loadedBytes ?? summary.fileBytes };
  return judgeFit(model, { ...fitContext(model, wanted), cacheType }, machine);
}

/** Describes a verdict by the size of a model alone, for the context in the settings. */
export function sizeVerdictText(size: ListedSize, machine: MachineMemory): Localized {
  return verdictText({ verdict: judgeBySize(size, judgedMachine(machine)) });
}

/** The machine with the context in the settings, as sizes are judged. */
export function judgedMachine(machine: MachineMemory): JudgedMachine {
  return { ...machine, contextTokens: settings.contextTokens() };
}

/** Describes a verdict, for example “fits on GPU”. */
export function verdictText({ verdict }: { readonly verdict: SizeVerdict }): Localized {
  switch (verdict) {
    case 'gpu':
      return t('fits on GPU');
    case 'part-gpu':
      return t('fits, partly on the CPU');
    case 'cpu':
      return t('runs on the CPU');
    case 'fits':
      return t('fits');
    case 'unsure':
      return t('may fit');
    case 'none':
      return t('does not fit');
  }
}

/** Describes the memory that a model takes and the memory that is free. */
export function memoryText(fit: Fit, machine: MachineMemory): Localized {
  const { estimate, gpuBytes, contextTokens } = fit;
  const parts = t(
    'weights {0}, context of {1} tokens {2}, buffers and process {3}',
    formatBytes(estimate.weights),
    contextTokens,
    formatBytes(estimate.kvCache),
    formatBytes(estimate.compute + estimate.process),
  );
  const total =
    fit.verdict === 'part-gpu'
      ? t('about {0}, {1} of them on the GPU', formatBytes(estimate.total), formatBytes(gpuBytes))
      : t('about {0}', formatBytes(estimate.total));
  const free =
    machine.gpu === undefined
      ? t('{0} are free', formatBytes(machine.availableBytes))
      : t(
          '{0} are free, and {1} on the GPU',
          formatBytes(machine.availableBytes),
          formatBytes(machine.gpu.availableBytes),
        );
  return t('{0} ({1}); {2}', total, parts, free);
}

/** Describes a verdict with its figures. */
export function fitText(fit: Fit, machine: MachineMemory): Localized {
  return t('{0}: {1}', verdictText(fit), memoryText(fit, machine));
}

function yesNo(value: boolean | undefined): Localized | undefined {
  if (value === undefined) return undefined;
  return value ? t('yes') : t('no');
}

/** Most stop texts that are shown; more than three are rare. */
const SHOWN_STOPS = 3;
/** Most characters of a stop text that are shown. */
const SHOWN_CHARACTERS = 40;

/** Describes a publisher's recommendations in one line. Returns undefined if there are none. */
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

/** Combines the recommendations of a model's file and of its config, as far as they are known before a pull. */
function inspectedDefaults({ artifact, description }: Inspection): ModelDefaults {
  const { defaults } = artifact.metadata;
  return { ...defaults, sampling: { ...description?.sampling, ...defaults?.sampling } };
}

/**
 * Returns the rows of an inspected model. Unknown facts have no row.
 * @param local the recommendations of the same model if it is on this machine, including those in separate files.
 * @param reason the sentence that says why it does not run here.
 */
export function inspectionRows(
  inspection: Inspection,
  machine: MachineMemory,
  local?: ModelDefaults,
  reason = inspection.artifact.reason,
): FactRow[] {
  const { artifact, description, contextTokens } = inspection;
  const fit = inspectedFit(inspection, machine);
  const abilities = [
    description?.tools === true ? t('tools') : undefined,
    description?.thinking === true ? t('thinking') : undefined,
    description?.infill === true ? t('fill in the middle') : undefined,
  ].filter((ability) => ability !== undefined);
  return knownRows([
    [t('Reference'), formatReference({ ...inspection.reference, digest: undefined })],
    [t('Digest'), inspection.manifestDigest],
    [t('Runs here'), reason],
    [t('Memory'), fit === undefined ? undefined : fitText(fit, machine)],
    [t('Size'), formatBytes(artifact.totalBytes)],
    [t('Parameters'), inspection.parameters],
    [t('Quantization'), inspection.quantization],
    [t('Trained context'), contextTokens === undefined ? undefined : tokens(contextTokens)],
    [t('Architecture'), artifact.metadata.architecture ?? description?.architecture],
    [t('Layers'), description?.blockCount?.toString()],
    [t('Experts'), expertsText(inspection)],
    [t('Tool calls'), yesNo(description?.tools)],
    [t('Abilities'), abilities.length === 0 ? undefined : abilities.join(', ')],
    [t('Defaults'), defaultsText(local ?? inspectedDefaults(inspection))],
    [t('License'), inspection.license],
    [t('Packaging'), `${artifact.family}, ${artifact.format}`],
    [t('Problem'), inspection.problem],
  ]);
}

function tokens(count: number): Localized {
  return t('{0} tokens', count.toLocaleString(vscode.env.language));
}

function expertsText({ description }: Inspection): Localized | undefined {
  const { expertCount, expertUsedCount } = description ?? {};
  if (expertCount === undefined || expertUsedCount === undefined) return undefined;
  return t('{0} of {1} per token', expertUsedCount, expertCount);
}

/** Returns the rows that have a text. */
export function knownRows(rows: readonly (readonly [string, string | undefined])[]): FactRow[] {
  return rows.filter((row): row is FactRow => row[1] !== undefined && row[1] !== '');
}

/** Formats rows as one text, each on its own line. Names of facts are localized, and values are data or localized. */
export function factsText(rows: readonly FactRow[]): Localized {
  return asLocalized(rows.map(([name, value]) => `${name}: ${singleLine(value)}`).join('\n'));
}
