/** Registers what is shown about files that name models. Their parser is loaded when a file may have models. */
import * as vscode from 'vscode';
import { COMPOSE_FILES, DEV_CONTAINER_FILES } from './files.ts';
import { ComposeLenses, type LensServices } from './lenses.ts';
import { type OfferServices, offerNamedModels } from './offer.ts';

export function registerCompose(
  services: Omit<LensServices & OfferServices, 'read' | 'question'>,
): vscode.Disposable {
  const parts = [COMPOSE_FILES, DEV_CONTAINER_FILES].flatMap(({ selector, read, question }) => {
    const lenses = new ComposeLenses({ ...services, read });
    return [
      lenses,
      vscode.languages.registerCodeLensProvider(selector, lenses),
      offerNamedModels(selector, { ...services, read, question }),
    ];
  });
  return vscode.Disposable.from(...parts);
}
