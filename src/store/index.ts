/** The store of verified models on this machine, shared by all windows and programs that use it. */
export type { AdoptedFile, AdoptionWay, AdoptOptions } from './content/adoption.ts';
export type { OnStep, Step } from './content/heldLock.ts';
export type { Ingest } from './content/ingest.ts';
export type { IngestState } from './content/ingestState.ts';
export type { DescribeLayer, ReadLayer } from './content/layerFiles.ts';
export type { LayerMember, UnpackedLayer } from './content/unpacked.ts';
export type { NewContent, NewFile, Unpacking } from './content/unpacking.ts';
export { ContentStore, type OpenIngestOptions } from './contentStore.ts';
export { type ByteRange, ByteRanges } from './disk/byteRanges.ts';
export { type ContentHasher, FileHasher, type HasherFactory, type HashSource } from './disk/contentHasher.ts';
export { storeFolder } from './disk/expandFolder.ts';
export { type CopyOptions, cloneFile, copyBytes } from './disk/fileCopy.ts';
export { type HashedFile, type HashFile, type HashOptions, hashFile } from './disk/hashFile.ts';
export { type Relation, relationOf } from './disk/relation.ts';
export { ChangeWatcher } from './disk/watch.ts';
export type { CacheFile, CacheKind } from './models/cacheFile.ts';
export type { CommittedModel } from './models/commit.ts';
export type { GarbageOptions, GarbageReport } from './models/garbage.ts';
export { type Housekept, startHousekeeping } from './models/housekeeping.ts';
export type { Lease } from './models/leases.ts';
export type { PartialDownload } from './models/partials.ts';
export {
  type StoredFile,
  type StoredLayer,
  type StoredReference,
  storedMembers,
} from './models/references.ts';
export type { DeletionPreview } from './models/removal.ts';
export type { CheckFilesOptions, NamedFile } from './models/restore.ts';
export type { DamagedModel, VerifyOptions, VerifyProgress, VerifyReport } from './models/verify.ts';
export {
  endMove,
  type KeptModel,
  type MoveOptions,
  type MoveReport,
  moveModels,
  pendingMove,
} from './move.ts';
export { ModelStore, type StoreOptions } from './store.ts';
export { FolderInUseError, isStore, NEIGHBOR } from './version.ts';
