/** The kinds of files that name models for a workspace. */
import type * as vscode from 'vscode';
import { type Localized, t } from '../../base/l10n.ts';
import type { NamedModels } from '../../compose/index.ts';

/** Returns the models of a text (`src/compose`), loading the parser when it is needed first. */
export type ReadModels = (text: string) => Promise<NamedModels>;

/** A kind of files. */
export interface NamingFiles {
  readonly selector: vscode.DocumentSelector;
  readonly read: ReadModels;
  /** Says that models are not on this machine. @param names of the models, for a person. */
  readonly question: (count: number, names: string) => Localized;
}

const NONE: NamedModels = { models: [], isTooLong: false };

/** Compose files, by the names that Compose looks for and those that people give further ones for `-f`. */
export const COMPOSE_FILES: NamingFiles = {
  selector: [
    { pattern: '**/{compose,docker-compose}.{yaml,yml}' },
    { pattern: '**/{compose,docker-compose}[.-]*.{yaml,yml}' },
  ],
  read: async (text) => {
    // Most Compose files have no models, and need no parser.
    if (!/\b(models|provider)\b/.test(text)) return NONE;
    const { readComposeModels } = await import('../../compose/index.ts');
    return readComposeModels(text);
  },
  question: (count, names) =>
    count === 1
      ? t('The Compose file names a model that is not on this machine: {0}.', names)
      : t('The Compose file names {0} models that are not on this machine: {1}.', count, names),
};

/** Files of dev containers, at the places of their specification. */
export const DEV_CONTAINER_FILES: NamingFiles = {
  selector: [{ pattern: '**/{devcontainer,.devcontainer}.json' }],
  read: async (text) => {
    if (!text.includes('"oci-models"')) return NONE;
    const { readDevContainerModels } = await import('../../compose/index.ts');
    return readDevContainerModels(text);
  },
  question: (count, names) =>
    count === 1
      ? t('The dev container names a model that is not on this machine: {0}.', names)
      : t('The dev container names {0} models that are not on this machine: {1}.', count, names),
};
