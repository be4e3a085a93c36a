/**
 * The models that can answer, of this machine and of endpoints, the choice for each purpose, and what is loaded; without
 * an editor.
 *
 * Only an act of the user chooses; a request loads a model and chooses nothing. A choice is a reference in a small file
 * of its own (`choices.ts`), for the machine and seen by all windows. Loading resolves the reference to the digest of
 * its manifest, and that is the key of what is loaded: a tag that was pulled again answers with its new content at the
 * next request, its old content is freed, and two names of one model load it once. A model on a server has the address of
 * its endpoint in its id (`endpointModel.ts`), so a choice holds while the server is away.
 */
export { Choices, type ChoicesOptions, type Purpose } from './choices.ts';
export {
  type EndpointEntry,
  type EndpointModel,
  type EndpointStatus,
  isEndpointId,
} from './endpointModel.ts';
export { Endpoints, type EndpointsOptions } from './endpoints.ts';
export {
  type CheckedModel,
  type CheckOptions,
  type CheckReport,
  isPinned,
  KnownUpdates,
  type LookUp,
  type UpdateState,
} from './knownUpdates.ts';
export {
  type AnsweringModel,
  DamagedModelError,
  isEndpointModel,
  type ListedModel,
  requireUsable,
  rowLabel,
} from './listedModel.ts';
export { MeasuredUse, type ModelUse } from './measuredUse.ts';
export { ModelGoneError } from './modelGone.ts';
export type { DiskUse } from './modelList.ts';
export { type ModelOptions, OPTION_BOUNDS, OptionsOfModels } from './modelOptions.ts';
export { type ReadyEngine, Session, type SessionLoadOptions, type SessionOptions } from './session.ts';
