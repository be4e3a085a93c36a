/** The models that can answer, which of them is chosen for which purpose, and which are loaded; without an editor. */
export { Choices, type ChoicesOptions, PURPOSES, type Purpose } from './choices.ts';
export { isUsable, type ListedModel, requireUsable } from './listedModel.ts';
export type { DiskUse } from './modelList.ts';
export { type ReadyEngine, Session, type SessionLoadOptions, type SessionOptions } from './session.ts';
