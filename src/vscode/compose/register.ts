/** Registers what is shown about Compose files. Their parser is loaded when a file may have models. */
import { pathToFileURL } from 'node:url';
import * as vscode from 'vscode';
import type * as compose from '../../compose/index.ts';
import { COMPOSE_FILES, ComposeLenses, type LensServices, type ReadCompose } from './lenses.ts';
import { type OfferServices, offerComposeModels } from './offer.ts';

/** @param parser the path of the bundle of `compose/`. */
export function registerCompose({
  parser,
  ...services
}: Omit<LensServices & OfferServices, 'readCompose'> & { readonly parser: string }): vscode.Disposable {
  const shared = { ...services, readCompose: loadedAtFirstUse(parser) };
  const lenses = new ComposeLenses(shared);
  return vscode.Disposable.from(
    lenses,
    vscode.languages.registerCodeLensProvider(COMPOSE_FILES, lenses),
    offerComposeModels(shared),
  );
}

/** Most Compose files have no models, and need no parser. */
function loadedAtFirstUse(path: string): ReadCompose {
  let loading: Promise<typeof compose> | undefined;
  return async (text) => {
    if (!/\bmodels\b/.test(text)) return [];
    // The bundle is CommonJS, whose exports are the default of the imported module.
    loading ??= import(pathToFileURL(path).href).then((module) => module.default ?? module);
    return (await loading).readComposeModels(text);
  };
}
