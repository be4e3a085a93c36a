/**
 * The language of every text that people read. Texts are written in English where they are used, and `l10n/` has the
 * list of them (`npm run generate`); VS Code gives the translations of its display language.
 */
import { config, t as translate } from '@vscode/l10n';

declare const localized: unique symbol;

/** A text that went through {@link t}. Errors and notifications take no other. */
export type Localized = string & { readonly [localized]: true };

/**
 * A text in the language of the editor.
 * @param message English, a literal, so that the list of texts can be made; `{0}` and so on stand for `values`.
 */
export function t(message: string, ...values: readonly (string | number | boolean)[]): Localized {
  return translate(message, ...values) as Localized;
}

/**
 * Declares a text localized that is made of localized ones, or has no words: a name, a number. A reason is due beside
 * each use.
 */
export function asLocalized(text: string): Localized {
  return text as Localized;
}

/** Sets the translations of this process or thread. @param contents by English text; undefined for English. */
export function useTranslations(contents: Readonly<Record<string, string>> | undefined): void {
  config({ contents: { ...contents } });
}
