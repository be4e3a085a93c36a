/**
 * The private folder for the states of one process, below a folder that all processes of this user share. It is removed
 * when the process ends; after a kill, the next process removes it.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readdir, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemErrorCode } from '../../../../base/error.ts';

/** Bytes of all states of all processes. */
const DEFAULT_MAX_BYTES = 2 * 1024 ** 3;
/** Share of the free disk that states may take. */
const FREE_SHARE = 0.1;
const OWNER_FILE = 'owner.json';
const PREFIX = 'states-';
/** Age in milliseconds from which a folder is removed whose owner cannot be seen from here. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

/** Folders above the shared one that may be missing, too. */
const MISSING_LEVELS = 3;

/**
 * Creates a folder, and as many above it as may be missing. Node's own way goes round for ever in file systems that call
 * a folder missing in which nothing can be made, as `/proc` does.
 */
function ensureFolder(path: string, levels: number): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || levels === 0) throw error;
    ensureFolder(dirname(path), levels - 1);
    mkdirSync(path, { mode: 0o700 });
  }
}

/** A process, as far as others can tell if it still runs. */
interface Owner {
  readonly pid: number;
  /** Processes of another namespace have other ids. */
  readonly namespace: string;
}

function namespaceOfProcesses(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return ''; // Only Linux has them.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) !== 'ESRCH';
  }
}

/** Tells if nobody can need a folder any more. */
function isAbandoned(folder: string, namespace: string, now: number): boolean {
  try {
    const owner = JSON.parse(readFileSync(join(folder, OWNER_FILE), 'utf8')) as Partial<Owner>;
    if (owner.namespace === namespace && Number.isSafeInteger(owner.pid)) return !isAlive(Number(owner.pid));
  } catch {
    // Without a record only its age tells.
  }
  return now - statSync(folder).mtimeMs > ABANDONED_MS;
}

/** The folder of this process. */
export class StateFolder {
  readonly path: string;
  readonly #root: string;
  readonly #maxBytes: number;

  /**
   * Creates the folder, and removes those of processes that are gone.
   * @param root absolute path of the shared folder, which is created if necessary.
   * @param maxBytes limit for the states of all processes. Defaults to 2 GiB; never more than a tenth of the free disk.
   * @throws Error if the folder cannot be created.
   */
  constructor(root: string, maxBytes: number = DEFAULT_MAX_BYTES) {
    this.#root = root;
    this.#maxBytes = maxBytes;
    ensureFolder(root, MISSING_LEVELS);
    removeAbandoned(root);
    this.path = join(root, `${PREFIX}${randomUUID()}`);
    mkdirSync(this.path, { mode: 0o700 });
    const owner: Owner = { pid: process.pid, namespace: namespaceOfProcesses() };
    writeFileSync(join(this.path, OWNER_FILE), JSON.stringify(owner), { mode: 0o600 });
  }

  /** Returns by how many bytes all states exceed the limit; negative if there is room. */
  async excessBytes(): Promise<number> {
    const used = await bytesBelow(this.#root);
    const { bavail, bsize } = await statfs(this.#root);
    return used - Math.min(this.#maxBytes, (bavail * bsize + used) * FREE_SHARE);
  }

  /** Removes the folder. Called while the process ends, so it waits for nothing. */
  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

function removeAbandoned(root: string): void {
  const namespace = namespaceOfProcesses();
  for (const name of readdirSync(root)) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = join(root, name);
    try {
      if (isAbandoned(folder, namespace, Date.now())) rmSync(folder, { recursive: true, force: true });
    } catch {
      // Another process removes it at the same time.
    }
  }
}

/** Sums up the files in the folders below `root`; those that vanish meanwhile count nothing. */
async function bytesBelow(root: string): Promise<number> {
  let sum = 0;
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const status = await stat(join(entry.parentPath, entry.name)).catch(() => undefined);
    sum += status?.size ?? 0;
  }
  return sum;
}
