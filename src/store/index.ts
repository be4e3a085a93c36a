/** The store: verified models on this machine, shared by all windows and programs that use it. */
export { type ByteRange, ByteRanges } from './byteRanges.ts';
export { type ContentHasher, FileHasher, type HasherFactory } from './contentHasher.ts';
export { ContentStore, type OpenIngestOptions } from './contentStore.ts';
export type { Ingest } from './ingest.ts';
export type { IngestState } from './ingestState.ts';
export type { StoredFile, StoredReference } from './references.ts';
export { type CommittedModel, ModelStore, type StoreOptions } from './store.ts';
