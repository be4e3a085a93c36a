/**
 * Translates every text that people read. Texts are written in English right where they are used, `npm run generate`
 * collects them in `l10n/`, and VS Code provides the translations for its display language.
 */
import { createHash } from 'node:crypto';
import { config, t as translate } from '@vscode/l10n';

declare const localized: unique symbol;

/** A text that went through {@link t}. Errors and notifications accept no other. */
export type Localized = string & { readonly [localized]: true };

/**
 * Translates a text into the display language of the editor.
 * @param message an English literal, so that texts can be collected; `{0}` and so on stand for `values`.
 */
export function t(message: string, ...values: readonly (string | number | boolean)[]): Localized {
  return translate(message, ...values) as Localized;
}

/**
 * Declares a text localized that consists of localized ones, or that has no words (a name, a number). Give the reason
 * beside each use.
 */
export function asLocalized(text: string): Localized {
  return text as Localized;
}

let current: Readonly<Record<string, string>> | undefined;

/** Sets the translations of this process or thread. @param contents by English text; undefined means English. */
export function useTranslations(contents: Readonly<Record<string, string>> | undefined): void {
  current = contents;
  config({ contents: { ...contents } });
}

/** Identifies the translations in use, so that a cached text of another language is noticed. Empty for English. */
export function translationsId(): string {
  if (current === undefined) return '';
  return createHash('sha256').update(JSON.stringify(current)).digest('hex').slice(0, 16);
}

/** Returns the translations that {@link useTranslations} set, for processes and threads that this one starts. */
export function translationsInUse(): Readonly<Record<string, string>> | undefined {
  return current;
}
