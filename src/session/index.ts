/** What can answer, what is chosen for which purpose, and what is loaded; without an editor. */
export { Choices, type ChoicesOptions, PURPOSES, type Purpose } from './choices.ts';
export { isUsable, type ListedModel, requireUsable } from './listedModel.ts';
export type { DiskUse } from './modelList.ts';
export { type ReadyEngine, Session, type SessionLoadOptions, type SessionOptions } from './session.ts';
