/** Archives made by GNU tar, gzip and zstd. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Options with which the same files make the same archive. */
const STEADY = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=2026-11-01T00:00:00Z'];

/** Packs `names`, relative to `folder`, and compresses by the extension of `archive`: .tar, .tar.gz, .tar.zst. */
export async function makeTar(
  archive: string,
  folder: string,
  names: readonly string[] = ['.'],
  options: readonly string[] = [],
): Promise<string> {
  await run('tar', [...STEADY, ...options, '--auto-compress', '-cf', archive, '-C', folder, ...names]);
  return archive;
}
