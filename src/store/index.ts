/** The store: verified models on this machine, shared by all windows and programs that use it. */
export { type ByteRange, ByteRanges } from './byteRanges.ts';
export type { CacheFile, CacheKind } from './cacheFile.ts';
export type { CommittedModel } from './commit.ts';
export { type ContentHasher, FileHasher, type HasherFactory } from './contentHasher.ts';
export { ContentStore, type OpenIngestOptions } from './contentStore.ts';
export type { GarbageOptions, GarbageReport } from './garbage.ts';
export { type HashedFile, hashFile } from './hashFile.ts';
export { type Housekept, startHousekeeping } from './housekeeping.ts';
export type { Ingest } from './ingest.ts';
export type { IngestState } from './ingestState.ts';
export type { Lease } from './leases.ts';
export type { PartialDownload } from './partials.ts';
export type { StoredFile, StoredReference } from './references.ts';
export type { DeletionPreview } from './removal.ts';
export { ModelStore, type StoreOptions } from './store.ts';
export type { DamagedModel, VerifyOptions, VerifyProgress, VerifyReport } from './verify.ts';
