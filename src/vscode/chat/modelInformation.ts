/** Facts about our models in the form of VS Code's language model API. */
import type * as vscode from 'vscode';
import { formatBytes } from '../../base/format.ts';
import { t } from '../../base/l10n.ts';
import { markdownText, plainText, singleLine } from '../../base/text.ts';
import {
  type AnsweringModel,
  type EndpointModel,
  isEndpointModel,
  type ListedModel,
  rowLabel,
  type Session,
} from '../../session/index.ts';
import { settings } from '../window/settings.ts';
import type { OfferedModel } from './offeredModels.ts';

/** The vendor of our models in `vscode.lm`. */
export const VENDOR = 'oci-models';
/** The id of the model that is offered while there is none. */
export const PLACEHOLDER_ID = 'placeholder';

/** Longest name of an architecture, in characters; llama.cpp's longest has 20. */
const MAX_FAMILY = 64;
/** A context that a server has not told yet, in tokens. */
const UNKNOWN_CONTEXT = 8_192;
/** Context of a model whose file names none, in tokens. */
const DEFAULT_CONTEXT = 4096;

/** The picker lists only models with this property, which the stable typings lack. */
type ModelInformation = vscode.LanguageModelChatInformation & { readonly isUserSelectable: boolean };

/** The family of a model in `vscode.lm`. */
export function familyOf(model: AnsweringModel): string {
  return singleLine(isEndpointModel(model) ? model.model : (model.architecture ?? 'gguf'), MAX_FAMILY);
}

/** The context that is allocated for a model, or will be as far as the settings and its file tell; in tokens. */
function contextOf(model: AnsweringModel, models: Pick<Session, 'engine'>): number {
  const allocated = models.engine(model.id)?.loaded?.contextTokens;
  if (allocated !== undefined) return allocated;
  if (isEndpointModel(model)) return model.contextTokens ?? UNKNOWN_CONTEXT;
  const configured = model.options?.contextTokens ?? settings.contextTokens(model.defaults?.contextTokens);
  const trained = model.contextTokens ?? configured ?? DEFAULT_CONTEXT;
  return Math.min(configured ?? trained, trained);
}

/** Tells if a model sees images: as it was told when it was loaded, else as its server lists it. */
function seesImages(model: AnsweringModel, models: Pick<Session, 'engine'>): boolean {
  if (!isEndpointModel(model)) return false;
  return models.engine(model.id)?.loaded?.vision ?? model.abilities.vision === true;
}

/** Returns what VS Code knows of a model. */
export function information(model: AnsweringModel, models: Pick<Session, 'engine'>): ModelInformation {
  const contextTokens = contextOf(model, models);
  const maxOutputTokens = Math.min(settings.maxAnswerTokens(), Math.floor(contextTokens / 2));
  return {
    id: model.id,
    name: plainText(rowLabel(model).label),
    family: familyOf(model),
    maxInputTokens: contextTokens - maxOutputTokens,
    maxOutputTokens,
    isUserSelectable: true,
    ...(isEndpointModel(model) ? served(model, seesImages(model, models)) : stored(model)),
  };
}

type Facts = Pick<ModelInformation, 'version' | 'detail' | 'tooltip' | 'capabilities'>;

// VS Code renders tooltips as Markdown, with icons.
function stored(model: ListedModel): Facts {
  return {
    version: model.manifestDigest,
    detail: plainText(
      [rowLabel(model).origin, formatBytes(model.sizeBytes), model.quantization].filter(Boolean).join(' · '),
    ),
    tooltip: markdownText(t('{0}, on this machine', model.id)),
    capabilities: { toolCalling: true },
  };
}

function served({ endpoint, model }: EndpointModel, imageInput: boolean): Facts {
  return {
    version: '1',
    detail: plainText(endpoint.name),
    tooltip: markdownText(t('{0}, on {1} ({2})', model, endpoint.name, endpoint.url)),
    // A model that its server gives no tools gets them as text.
    capabilities: { toolCalling: true, imageInput },
  };
}

/** A model that does nothing but let questions reach us while there is none. */
export function placeholder(): ModelInformation {
  return {
    ...EMPTY,
    id: PLACEHOLDER_ID,
    name: t('No local model yet'),
    detail: t('Pull OCI Model'),
    tooltip: t('Run “OCI Models: Pull OCI Model” to download a model to this machine.'),
    isUserSelectable: true,
  };
}

/** A model that is gone. The picker does not show it, but a question to it reaches us and is answered with the reason. */
export function goneInformation({ id, label }: OfferedModel): ModelInformation {
  return { ...EMPTY, id, name: plainText(label), isUserSelectable: false };
}

const EMPTY = {
  family: 'none',
  version: '0',
  maxInputTokens: 4096,
  maxOutputTokens: 1024,
  capabilities: { toolCalling: true },
} as const;

/** A text that is the same as long as loading has told nothing new about a model. */
export function loadedFacts(model: AnsweringModel, models: Pick<Session, 'engine'>): string {
  return `${model.id} ${contextOf(model, models)} ${seesImages(model, models)}`;
}
