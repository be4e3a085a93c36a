/** Endpoints: a row that all of them are under, one for each, and one for each model that it serves. */
import * as vscode from 'vscode';
import { asLocalized, type Localized, t } from '../../../base/l10n.ts';
import type { EndpointModel, EndpointStatus } from '../../../session/index.ts';
import type { CommandId } from '../../commands/ids.generated.ts';
import { abilitiesText, contextText, endpointModelFacts } from '../../endpoint/endpointFacts.ts';
import { factsText, knownRows } from '../../modelFacts.ts';
import { treeRow } from '../row.ts';
import type { RowKind } from '../rowKind.ts';
import type { LocalRows } from './view.ts';

interface EndpointsNode {
  readonly kind: 'endpoints';
}

interface EndpointNode {
  readonly kind: 'endpoint';
  readonly status: EndpointStatus;
}

interface EndpointModelNode {
  readonly kind: 'endpointModel';
  readonly model: EndpointModel;
}

export const endpointsRow: RowKind<EndpointsNode, LocalRows, EndpointNode> = {
  kind: 'endpoints',
  top: ({ models }) => (models.endpoints().length === 0 ? [] : [{ kind: 'endpoints' }]),
  item: (_, { models }) =>
    treeRow({
      label: t('Endpoints'),
      expanded: true,
      id: 'endpoints',
      description: `${models.endpoints().length}`,
      words: ['endpoints'],
      tooltip: t('Servers whose models answer in place of those on this machine.'),
    }),
  children: async (_, { models }) => models.endpoints().map((status) => ({ kind: 'endpoint', status })),
};

export const endpointRow: RowKind<EndpointNode, LocalRows, EndpointModelNode> = {
  kind: 'endpoint',
  item: ({ status }) => {
    const { endpoint, problem } = status;
    return treeRow({
      label: endpoint.name,
      expanded: true,
      id: `endpoint ${endpoint.url}`,
      description: describe(status),
      words: ['endpoint'],
      icon:
        problem === undefined
          ? new vscode.ThemeIcon('server-environment')
          : new vscode.ThemeIcon('warning', new vscode.ThemeColor('problemsWarningIcon.foreground')),
      tooltip: factsText(
        knownRows([
          [t('Address'), endpoint.url],
          [t('Server'), status.server],
          [t('Problem'), problem],
        ]),
      ),
    });
  },
  children: async ({ status }) => status.models.map((model) => ({ kind: 'endpointModel', model })),
};

export const endpointModelRow: RowKind<EndpointModelNode, LocalRows> = {
  kind: 'endpointModel',
  item: ({ model }, { models }) => {
    const isLoaded = models.isLoaded(model.id);
    return treeRow({
      label: model.label,
      id: model.id,
      description: [contextText(model.contextTokens), abilitiesText(model)].filter(Boolean).join(' · '),
      words: ['endpointModel'],
      icon: isLoaded
        ? new vscode.ThemeIcon('circle-filled', new vscode.ThemeColor('testing.iconPassed'))
        : new vscode.ThemeIcon('circle-outline'),
    });
  },
  opens: (): CommandId => 'ociModels.model.inspect',
  details: async ({ model }) => factsText(endpointModelFacts(model)),
};

function describe(status: EndpointStatus): Localized | '' {
  const { isAsking, problem, isDenied, server, models } = status;
  if (isDenied === true) return t('asks for an API key');
  if (problem !== undefined) return t('does not answer');
  if (server === undefined) return isAsking ? t('asking…') : '';
  return models.length === 0 ? t('{0} without models', server) : asLocalized(server);
}
