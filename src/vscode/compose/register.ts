/** Registers what is shown about Compose files. Their parser is loaded when a file may have models. */
import * as vscode from 'vscode';
import { COMPOSE_FILES, ComposeLenses, type LensServices, type ReadCompose } from './lenses.ts';
import { type OfferServices, offerComposeModels } from './offer.ts';

export function registerCompose(
  services: Omit<LensServices & OfferServices, 'readCompose'>,
): vscode.Disposable {
  const shared = { ...services, readCompose };
  const lenses = new ComposeLenses(shared);
  return vscode.Disposable.from(
    lenses,
    vscode.languages.registerCodeLensProvider(COMPOSE_FILES, lenses),
    offerComposeModels(shared),
  );
}

/** Most Compose files have no models, and need no parser. */
const readCompose: ReadCompose = async (text) => {
  if (!/\bmodels\b/.test(text)) return [];
  const { readComposeModels } = await import('../../compose/index.ts');
  return readComposeModels(text);
};
