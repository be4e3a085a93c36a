/** The store: verified models on this machine, shared by all windows and programs that use it. */
export type { AdoptedFile, AdoptionWay, AdoptOptions } from './adoption.ts';
export { type ByteRange, ByteRanges } from './byteRanges.ts';
export type { CacheFile, CacheKind } from './cacheFile.ts';
export type { CommittedModel } from './commit.ts';
export { type ContentHasher, FileHasher, type HasherFactory, type HashSource } from './contentHasher.ts';
export { ContentStore, type OpenIngestOptions } from './contentStore.ts';
export { type CopyOptions, cloneFile, copyBytes } from './fileCopy.ts';
export type { GarbageOptions, GarbageReport } from './garbage.ts';
export { type HashedFile, type HashFile, type HashOptions, hashFile } from './hashFile.ts';
export type { OnStep, Step } from './heldLock.ts';
export { type Housekept, startHousekeeping } from './housekeeping.ts';
export type { Ingest } from './ingest.ts';
export type { IngestState } from './ingestState.ts';
export type { DescribeLayer, ReadLayer } from './layerFiles.ts';
export type { Lease } from './leases.ts';
export {
  endMove,
  type KeptModel,
  type MoveOptions,
  type MoveReport,
  moveModels,
  pendingMove,
} from './move.ts';
export type { PartialDownload } from './partials.ts';
export { type StoredFile, type StoredLayer, type StoredReference, storedMembers } from './references.ts';
export { type Relation, relationOf } from './relation.ts';
export type { DeletionPreview } from './removal.ts';
export type { CheckFilesOptions, NamedFile } from './restore.ts';
export { ModelStore, type StoreOptions } from './store.ts';
export { storeFolder } from './storeFolder.ts';
export type { LayerMember, UnpackedLayer } from './unpacked.ts';
export type { NewContent, NewFile, Unpacking } from './unpacking.ts';
export type { DamagedModel, VerifyOptions, VerifyProgress, VerifyReport } from './verify.ts';
export { FolderInUseError, isStore, NEIGHBOR } from './version.ts';
export { ChangeWatcher } from './watch.ts';
