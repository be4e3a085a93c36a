/** A model of this machine as lists show it, with checks for its use and what applies to it. */
import { ModelError } from '../base/error.ts';
import { asLocalized } from '../base/l10n.ts';
import type { LoadSettings } from '../inference/index.ts';
import type { LocalModel, ShortLabel } from '../library/index.ts';
import type { EndpointModel } from './endpointModel.ts';
import type { ModelOptions } from './modelOptions.ts';

/** A stored model with a name for people. */
export interface ListedModel extends LocalModel {
  /**
   * A short name that no other stored model has, such as `smollm2:135M-Q4_0`, or `smollm2:135M-Q4_0 (ghcr.io)` if there
   * is one of another host.
   */
  readonly label: string;
  /** The label without the origin, and the origin, for rows that show it beside. Undefined if the label has none. */
  readonly namesake?: Required<ShortLabel>;
  /** The user's options for it. Undefined if none are set. */
  readonly options?: ModelOptions;
}

/** A model that can answer: one of this machine's, or one on a server. */
export type AnsweringModel = ListedModel | EndpointModel;

/** Returns the label of a model's row. One with an origin is to be shown with that beside it. */
export function rowLabel(model: AnsweringModel): ShortLabel {
  return (isEndpointModel(model) ? undefined : model.namesake) ?? { label: model.label };
}

export function isEndpointModel(model: AnsweringModel): model is EndpointModel {
  return 'endpoint' in model;
}

/** The error of a stored model whose files are damaged. Its message is what is wrong with them. */
export class DamagedModelError extends ModelError {
  /** The model's full reference, from which it can be pulled again. */
  readonly id: string;

  constructor(id: string, problem: string) {
    // It was localized when the model was read.
    super('gguf-invalid', asLocalized(problem));
    this.id = id;
  }
}

/** @throws DamagedModelError for a damaged model, ModelError `unsupported-artifact` for one that does not run here. */
export function requireUsable({ id, problem, reason }: AnsweringModel): void {
  if (problem !== undefined) throw new DamagedModelError(id, problem);
  // It was localized when the model was read.
  if (reason !== undefined) throw new ModelError('unsupported-artifact', asLocalized(reason));
}

/** Returns true if a model can be loaded for a conversation. */
export function isUsable({ problem, reason }: ListedModel): boolean {
  return problem === undefined && reason === undefined;
}

/** Returns how a model is loaded: by its own options, then by `settings`. */
export function loadSettings(model: ListedModel, settings: LoadSettings): LoadSettings {
  const { contextTokens, threads, gpuLayers, cacheType } = model.options ?? {};
  return {
    ...settings,
    ...(contextTokens === undefined ? {} : { contextTokens }),
    ...(threads === undefined ? {} : { threads }),
    ...(gpuLayers === undefined ? {} : { gpuLayers }),
    ...(cacheType === undefined ? {} : { cacheType }),
    adapters: model.adapterPaths,
  };
}

/** Returns how a model answers: by its own options, then by its publisher's recommendations. */
export function answerDefaults({ defaults, options }: ListedModel): NonNullable<ListedModel['defaults']> {
  const { systemPrompt, sampling } = options ?? {};
  const { system, ...published } = defaults ?? {};
  const prompt = systemPrompt ?? system;
  return {
    ...published,
    ...(prompt === undefined || prompt === '' ? {} : { system: prompt }),
    ...(sampling === undefined ? {} : { sampling: { ...published.sampling, ...sampling } }),
  };
}

/** Returns the model that was pulled last, or else the first one of an endpoint. */
export function newestOf(models: readonly AnsweringModel[]): AnsweringModel | undefined {
  const stored = models.filter((model): model is ListedModel => !isEndpointModel(model));
  return stored.sort((a, b) => b.pulledAt - a.pulledAt)[0] ?? models[0];
}

/** Returns a model with the user's options for it. */
export function withOptions(model: ListedModel, options: ModelOptions | undefined): ListedModel {
  return options === undefined ? model : { ...model, options };
}
