/** Facts about a model on a server as texts for people, in rows and lists. */
import * as vscode from 'vscode';
import { t } from '../../base/l10n.ts';
import type { EndpointModel } from '../../session/index.ts';
import { type FactRow, knownRows } from '../modelFacts.ts';

/** Returns the length of a context, or undefined if the server has not told. */
export function contextText(tokens: number | undefined): string | undefined {
  return tokens === undefined ? undefined : t('{0} tokens', tokens.toLocaleString(vscode.env.language));
}

/** Returns the abilities that the server told, or undefined. */
export function abilitiesText({ abilities }: EndpointModel): string | undefined {
  const { tools, vision, thinking, infill } = abilities;
  const words = [
    tools === true ? t('tools') : undefined,
    vision === true ? t('images') : undefined,
    thinking === true ? t('thinking') : undefined,
    infill === true ? t('fill in the middle') : undefined,
  ].filter((word) => word !== undefined);
  return words.length === 0 ? undefined : words.join(', ');
}

/** Returns what a server has told about a model. Nobody is asked. */
export function endpointModelFacts(model: EndpointModel): FactRow[] {
  return knownRows([
    [t('Model'), model.model],
    [t('Endpoint'), `${model.endpoint.name}, ${model.endpoint.url}`],
    [t('Context'), contextText(model.contextTokens)],
    [t('Abilities'), abilitiesText(model)],
  ]);
}
