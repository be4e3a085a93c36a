/** The store: verified models on this machine, shared by all windows and programs that use it. */
export type { Ingest } from './ingest.ts';
export type { StoredFile, StoredReference } from './references.ts';
export { type CommittedModel, ModelStore, type StoreOptions } from './store.ts';
