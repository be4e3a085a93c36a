/** The boxes and lists in which the options of one model are changed. */
import * as vscode from 'vscode';
import { asLocalized, type Localized, t } from '../../base/l10n.ts';
import { SAMPLING_NAMES, type Sampling, samplingSchema } from '../../base/sampling.ts';
import { CACHE_TYPES, type CacheType } from '../../inference/index.ts';
import { type ModelOptions, OPTION_BOUNDS } from '../../session/index.ts';
import { askForText, type Choice, pickOne, showWarning } from '../window/notify.ts';
import type { OptionKey } from './rows.ts';

/** The numbers that an option accepts. */
interface Bounds {
  readonly least: number;
  readonly most: number;
  readonly isWhole: boolean;
}

/** A question that was answered; a value of undefined resets the option. */
interface Answer<T> {
  readonly value: T | undefined;
}

/**
 * Lets the user change one option.
 * @returns the options as they are to be, or undefined if the box was closed.
 */
export async function editOption(key: OptionKey, own: ModelOptions): Promise<ModelOptions | undefined> {
  switch (key) {
    case 'contextTokens': {
      const prompt = t('Tokens of prompt and answer together. A larger context takes more memory.');
      return changed(own, key, await askForNumber(t('Context size'), prompt, own[key], wholeTo(key, 1)));
    }
    case 'threads': {
      const prompt = t('Threads that compute. More than this machine has cores are of no use.');
      return changed(own, key, await askForNumber(t('Threads'), prompt, own[key], wholeTo(key, 1)));
    }
    case 'gpuLayers': {
      const prompt = t('Layers in the memory of the GPU; 0 uses the CPU alone.');
      return changed(own, key, await askForNumber(t('GPU layers'), prompt, own[key], wholeTo(key, 0)));
    }
    case 'cacheType':
      return changed(own, key, await askForCacheType(own.cacheType));
    case 'keepLoaded':
      return changed(own, key, { value: own.keepLoaded === true ? undefined : true });
    case 'systemPrompt':
      return changed(own, key, await askForSystemPrompt(own.systemPrompt));
    default:
      return editSampling(key, own);
  }
}

function wholeTo(key: keyof typeof OPTION_BOUNDS, least: number): Bounds {
  return { least, most: OPTION_BOUNDS[key], isWhole: true };
}

function changed<K extends keyof ModelOptions>(
  own: ModelOptions,
  key: K,
  answer: Answer<ModelOptions[K]> | undefined,
): ModelOptions | undefined {
  return answer === undefined ? undefined : withValue(own, key, answer.value);
}

/** Returns `values` with one of them replaced, or left out if `value` is undefined. */
function withValue<T extends object, K extends keyof T>(values: T, key: K, value: T[K] | undefined): T {
  const others = Object.entries(values).filter(([name]) => name !== key);
  // Only optional keys are ever left out.
  return Object.fromEntries(value === undefined ? others : [...others, [key, value]]) as T;
}

async function editSampling(key: keyof Sampling, own: ModelOptions): Promise<ModelOptions | undefined> {
  const { minValue, maxValue, isInt } = samplingSchema.shape[key].unwrap();
  const bounds: Bounds = { least: minValue ?? 0, most: maxValue ?? Number.MAX_SAFE_INTEGER, isWhole: isInt };
  // Names of parameters are the same in every language.
  const title = asLocalized(SAMPLING_NAMES[key]);
  const answer = await askForNumber(title, asLocalized(''), own.sampling?.[key], bounds);
  if (answer === undefined) return undefined;
  const sampling = withValue<Sampling, keyof Sampling>(own.sampling ?? {}, key, answer.value);
  return withValue(own, 'sampling', Object.keys(sampling).length === 0 ? undefined : sampling);
}

/** Asks for a number; an empty box stands for none. @returns undefined if the box was closed. */
async function askForNumber(
  title: Localized,
  meaning: Localized,
  value: number | undefined,
  bounds: Bounds,
): Promise<Answer<number> | undefined> {
  const { least, most } = bounds;
  const range = t('From {0} to {1}. Leave it empty to reset it.', least, most);
  const text = await askForText({
    title,
    prompt: asLocalized([meaning, range].filter(Boolean).join(' ')),
    value: value === undefined ? '' : String(value),
    validate: (typed) => (numberOf(typed, bounds) === undefined ? problem(typed, bounds) : undefined),
  });
  return text === undefined ? undefined : numberOf(text, bounds);
}

function problem(typed: string, { least, most, isWhole }: Bounds): Localized {
  return isWhole
    ? t('“{0}” is not a whole number from {1} to {2}.', typed.trim(), least, most)
    : t('“{0}” is not a number from {1} to {2}, such as 0.7.', typed.trim(), least, most);
}

/** Reads a typed number. Returns undefined if it is none or out of bounds. */
function numberOf(typed: string, { least, most, isWhole }: Bounds): Answer<number> | undefined {
  const text = typed.trim();
  if (text === '') return { value: undefined };
  const value = Number(text);
  const isFit = Number.isFinite(value) && value >= least && value <= most;
  return isFit && (!isWhole || Number.isInteger(value)) ? { value } : undefined;
}

async function askForCacheType(current: CacheType | undefined): Promise<Answer<CacheType> | undefined> {
  const details: Readonly<Record<CacheType, Localized>> = {
    f16: t('Exact, as llama.cpp does it itself'),
    q8_0: t('About half the memory, nearly as exact'),
    q4_0: t('About a quarter of the memory, less exact'),
  };
  const items = CACHE_TYPES.map((type) => ({
    label: type,
    detail: details[type],
    icon: type === (current ?? 'f16') ? 'circle-filled' : 'circle-outline',
    type,
  }));
  const chosen = await pickOne(items, { title: t('Type of the Cache'), placeHolder: t('Choose a type') });
  if (chosen === undefined) return undefined;
  return { value: chosen.type === 'f16' ? undefined : chosen.type };
}

/** Asks for a system prompt: a line, the text of the active editor, none at all, or the publisher's again. */
async function askForSystemPrompt(current: string | undefined): Promise<Answer<string> | undefined> {
  const editor = vscode.window.activeTextEditor;
  const type: Choice = { icon: 'edit', label: t('Type a Line…') };
  const take: Choice = { icon: 'file', label: t('Use the Text of the Active Editor') };
  const none: Choice = { icon: 'circle-slash', label: t('Use None') };
  const reset: Choice = { icon: 'discard', label: t('Reset to the Publisher’s') };
  const choices = [type, ...(editor === undefined ? [] : [take]), none, reset];
  const chosen = await pickOne(choices, {
    title: t('System Prompt'),
    placeHolder: t('Choose where it comes from'),
  });
  if (chosen === type) {
    const prompt = t('Stands before each conversation.');
    const text = await askForText({
      title: t('System Prompt'),
      prompt,
      value: current ?? '',
      validate: tooLong,
    });
    return text === undefined ? undefined : { value: text };
  }
  if (chosen === take && editor !== undefined) {
    const text = editor.document.getText().trim();
    const flaw = tooLong(text);
    if (flaw === undefined) return { value: text };
    void showWarning(flaw);
    return undefined;
  }
  if (chosen === none) return { value: '' };
  return chosen === reset ? { value: undefined } : undefined;
}

function tooLong(text: string): Localized | undefined {
  const { systemPrompt: most } = OPTION_BOUNDS;
  if (text.length <= most) return undefined;
  return t('A system prompt may have {0} characters, but this one has {1}. Shorten it.', most, text.length);
}
