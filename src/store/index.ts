/** The store: verified models on this machine, shared by all windows and programs that use it. */
export type { AdoptedFile, AdoptionWay, AdoptOptions } from './adoption.ts';
export { type CopyOptions, cloneFile, copyBytes } from './fileCopy.ts';
export { type FileDigest, type FileDigestOptions, fileDigest } from './fileDigest.ts';
export type { Ingest } from './ingest.ts';
export type { StoredFile, StoredReference } from './references.ts';
export { type CommittedModel, ModelStore, type StoreOptions } from './store.ts';
