/** The store: verified models on this machine, shared by all windows and programs that use it. */
export type { AdoptedFile, AdoptionWay, AdoptOptions, FileHasher } from './adoption.ts';
export type { CacheFile, CacheKind } from './cacheFile.ts';
export type { CommittedModel } from './commit.ts';
export { type CopyOptions, cloneFile, copyBytes } from './fileCopy.ts';
export type { GarbageOptions, GarbageReport } from './garbage.ts';
export { type HashedFile, type HashOptions, hashFile } from './hashFile.ts';
export { type Housekept, startHousekeeping } from './housekeeping.ts';
export type { Ingest } from './ingest.ts';
export type { Lease } from './leases.ts';
export type { PartialDownload } from './partials.ts';
export type { StoredFile, StoredReference } from './references.ts';
export type { DeletionPreview } from './removal.ts';
export { ModelStore, type StoreOptions } from './store.ts';
export type { DamagedModel, VerifyOptions, VerifyProgress, VerifyReport } from './verify.ts';
