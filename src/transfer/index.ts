/**
 * Pull: plan, parts, verification, commit, with progress.
 *
 * `pull.ts` plans in the extension host; a `BlobMover` brings the blobs. The extension's is `WorkerMover`: one thread
 * for all pulls of a window, with its own registry client (`worker/clients.ts` keeps it with its tokens and connections
 * until network settings change). It asks the first thread for logins and the editor's networking
 * (`worker/protocol.ts`, over birpc), and hashes in a second thread. Tests may use `LocalMover`, the same code in their
 * own thread.
 *
 * **Parts.** A blob is fetched in parts from its beginning on (`parts.ts`), so that the hash can follow the bytes that
 * are there without a gap, reading them back from the system's cache. The first answer tells if the server sends parts.
 * A piece of a body goes from the socket's one buffer (`oci/network/largeReads.ts`) into the file with one write in the
 * same call: without a stream in between, a slow disk holds the network back by itself, and no memory is taken for each
 * piece. Bodies are therefore *poured* into a sink; small ones may be iterated, and are copied then. What is written is
 * recorded at once (`progress.json`, for other windows and a killed process) and every 64 MB or five seconds after an
 * fsync (`state.json`, for a power failure). The holder of the ingest's lock downloads; everybody else reads the record
 * and tries the lock again.
 *
 * **Files out of layers.** A layer that is an archive (ModelPack's and ModelKit's tars, Docker's config and folder
 * tars, the layers of container images) is not kept: its files become content of their own. Compression and format are
 * told by the first bytes, because types lie both ways; an archive in name only is the file itself. Both ways in look
 * like an `Ingest` to the engine of plain blobs, which therefore brings archives with the same retries, mirrors, limits
 * and locks:
 * - *In parts*, if a layer of a megabyte or more is not compressed. `archive/tarBodies.ts` finds the bodies of its
 *   files by a few reads of 16 KiB, one behind each large member. Every byte has its last place from the beginning:
 *   `store/content/layerFiles.ts` writes bodies to `member-<n>`, everything between them to `rest`, and `bodies.json`
 *   says where they lie. So the layer comes over several connections, and a new process resumes. What was found before
 *   was not verified: it is found again in the verified bytes, and has to be the same. Layers of images, those with
 *   more than 64 files, servers without parts and anything odd come in the other way.
 * - *As a stream* (`unpack/layerIngest.ts`), over one connection. A broken connection resumes at its offset with the
 *   same decompressor. Another process cannot resume a decompressor: the layer begins again, and a killed one leaves
 *   files that the next pull or garbage collection takes.
 *
 * If an archive cannot be read as a stream, the rest is only hashed: the digest tells if the way here damaged it, and
 * it is fetched once more without mirrors, or if it was published so. Files become visible when the digest of the whole
 * layer was verified; `unpacked/<digest>.json`, written before the files get their names, says what came out. So a
 * window that waited, a second tag and a pull that failed late find that nothing is to be downloaded. index.json stays
 * a valid layout without those layers: `skopeo inspect` reads it, and `skopeo copy` of such a model says that a blob is
 * missing.
 *
 * | in a layer | in an archive of files | in a container image |
 * |---|---|---|
 * | absolute path, `..`, drive, backslash, NUL, no UTF-8 | refused | below the root if absolute, else skipped |
 * | names that a system refuses (`artifact/names/fileName.ts`) | refused | refused if wanted |
 * | link to a member | the member under a second name | followed to tell which file is the model |
 * | link out of the root | refused | leads nowhere |
 * | device, sparse file | refused | skipped; refused if wanted |
 * | two members for one path | refused | refused if wanted |
 * | more than 100,000 headers, 4,000 files, or 64 MiB and a hundred times its size | refused | refused |
 * | end within a member, wrong checksum, bytes behind gzip or zstd | refused | refused |
 * | bytes behind a tar's end | ignored, as everywhere | ignored |
 *
 * All layers of an image are searched for weights and their companions (`artifact/wanted.ts`), then stacked with their
 * whiteouts; `/models/model.file`, RamaLama's link, chooses among several models.
 *
 * The tar reader is our own. tar-stream and modern-tar give a stream for each member, with memory of its own for each
 * piece; here a piece of the socket's buffer is written to the file in the same call, so a gigabyte takes no more
 * memory than without an archive. zstd is Node's (22.15); its streams end with each frame, so the next one gets a new
 * stream.
 */
export {
  type BlobMover,
  DEFAULT_LIMITS,
  type LineLimits,
  LocalMover,
  type MoveProgress,
  type MoveRequest,
} from './mover.ts';
export { formatPullProgress, type PullPhase, type PullProgress } from './progress.ts';
export { type LocalContent, type PullOptions, type PullResult, pullModel } from './pull.ts';
export { HashThread } from './worker/hashThread.ts';
export type { NetworkSnapshot } from './worker/protocol.ts';
export { WorkerMover, type WorkerMoverOptions } from './worker/workerMover.ts';
