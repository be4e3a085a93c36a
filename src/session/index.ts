/**
 * The models that can answer, the choice for each purpose, and what is loaded; without an editor.
 *
 * Only an act of the user chooses; a request loads a model and chooses nothing. A choice is a reference in a small file
 * of its own (`choices.ts`), for the machine and seen by all windows. Loading resolves the reference to the digest of
 * its manifest, and that is the key of what is loaded: a tag that was pulled again answers with its new content at the
 * next request, its old content is freed, and two names of one model load it once.
 */
export { Choices, type ChoicesOptions, type Purpose } from './choices.ts';
export { type ListedModel, requireUsable } from './listedModel.ts';
export { ModelGoneError } from './modelGone.ts';
export type { DiskUse } from './modelList.ts';
export { type ReadyEngine, Session, type SessionLoadOptions, type SessionOptions } from './session.ts';
