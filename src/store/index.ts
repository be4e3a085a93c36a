/**
 * The store: verified models on this machine, shared by all windows and programs that use it.
 *
 * **On disk.** `oci-layout`, `blobs/<alg>/<hex>` and `index.json` are a valid OCI image layout. `ingest/<alg>-<hex>/`
 * has downloads on their way, `refs/` a small file for each reference, `models/<name>/…gguf` hard links with the names
 * that llama.cpp expects (and vLLM and transformers, for safetensors). Files are synced, then renamed: no reader sees
 * half a file. `disk/layout.ts` lists every name. The store is in the extension's global storage or where
 * `ociModels.storePath` says.
 *
 * **Ours and others'.** A store is made only in a new or empty folder; in any other, `ModelStore.open` fails with a
 * `FolderInUseError` that suggests a subfolder. `records/` proves what the store made: size, times and inode of each
 * blob, link and quarantined file, written before the file gets its name. Only files that match a record are moved,
 * replaced or removed. Anything else stays, and the log or the error says so; content that was found with the right
 * digest is used and stays too. Where inodes do not last (FAT, FUSE, network shares) size and time stand for them;
 * after a copy of the whole store, the digest does. Small files of ours are told by their content
 * (`disk/smallFile.ts`): a damaged one heals, a foreign one stays. Content that differs from its record is hashed
 * before it gets a name, and a model's files are compared before they are loaded (`checkFiles`). Below the root no link
 * is followed and no pipe is waited for. A store of version 0.1.0, which had no records, gets them model by model.
 *
 * **Shared by processes.** References change under `store.lock`, for milliseconds and never during a download. A pull
 * leases the digests that it counts on before it looks which are there; leases are taken and checked under the same
 * lock, so no content goes between “is it there?” and the commit. A lease ends with its process. Garbage collection
 * marks from `refs/` (each file lists its content, so no manifest is read), spares what is leased or younger than a
 * day, and removes in two steps: moved aside under the lock, unlinked after it. A change asserts its lock before each
 * such step (`HeldLock.step`); if it was lost, the change stops and puts back what it moved aside. A lock holder in the
 * same PID namespace is stale only when its process ended, elsewhere when its heartbeat stops (`disk/lockOwner.ts`).
 * Housekeeping runs once a day across windows, some minutes after the start.
 *
 * **Moving.** `move.ts` moves model by model: adopted and verified in the new store, committed there, then deleted in
 * the old one, with locks in both. `moving.json` lets the next start go on.
 *
 * **Many references.** `refs/` is the truth; what was read of it is cached with times and sizes, in memory and in
 * `cache/references.ndjson`, as git's index does. A commit does not look at it while neither `refs/` nor `index.json`
 * changed. `cache/models.ndjson` caches manifests and headers by digest. Caches carry a checksum in each line and may
 * be deleted.
 *
 * **Damage.** Verification moves damaged content to `quarantine/` and removes its links in `models/`; the next commit
 * with good content restores the links of every model and removes the damaged copy.
 */
export type { AdoptedFile, AdoptionWay, AdoptOptions } from './content/adoption.ts';
export type { OnStep, Step } from './content/heldLock.ts';
export type { Ingest } from './content/ingest.ts';
export type { IngestState } from './content/ingestState.ts';
export type { DescribeLayer, ReadLayer } from './content/layerFiles.ts';
export type { LayerMember, UnpackedLayer } from './content/unpacked.ts';
export type { NewContent, NewFile, Unpacking } from './content/unpacking.ts';
export { ContentStore, type OpenIngestOptions } from './contentStore.ts';
export type { ByteRange } from './disk/byteRanges.ts';
export type { ContentHasher, HasherFactory, HashSource } from './disk/contentHasher.ts';
export { storeFolder } from './disk/expandFolder.ts';
export { type CopyOptions, cloneFile, copyBytes } from './disk/fileCopy.ts';
export { savedFileError } from './disk/files.ts';
export { type HashedFile, type HashFile, type HashOptions, hashFile } from './disk/hashFile.ts';
export { type Relation, relationOf } from './disk/relation.ts';
export { type ChangedNames, ChangeWatcher } from './disk/watch.ts';
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
export { FolderInUseError, isStore, NEIGHBOR, StoreFolderError } from './version.ts';
