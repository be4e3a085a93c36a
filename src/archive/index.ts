/** Takes files out of archives while these arrive. */
export { type ArchiveLimits, ArchiveReader, type ArchiveTaker, limitsOf } from './archive.ts';
export { damagedArchive, isDamage, refusedArchive, refusedMember } from './archiveErrors.ts';
export type { Compression } from './compression.ts';
export { linkTarget, type MemberPath, memberPath } from './path.ts';
export type { FileSink, TarEntry } from './tar.ts';
export { type Extent, findBodies, type ReadArchive } from './tarBodies.ts';
