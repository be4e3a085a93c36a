/**
 * A process that is killed between two of its changes to files, without a process: work that runs under
 * {@link killedAt} stops forever before the given change, as SIGKILL would stop it. Its locks must then be given to a
 * process that is dead (see `NOBODY`), since this one goes on.
 *
 * Every function of `node:fs` with which the store changes files is wrapped, so a step that is added later counts too.
 * Nothing is flushed to the disk in a process that imports this.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import fs, { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/** A process id that nobody has: ids end far below this on every system. */
export const NOBODY = 2 ** 30;

interface Life {
  /** Changes that are still allowed. */
  left: number;
  isOver: boolean;
  /** Called at the change that is not made. */
  readonly die: () => void;
  /** Files that the work opened, which the system closes when a process ends. */
  readonly open: (FileHandle | number)[];
  /** Heartbeats of its locks, which end with it too. */
  readonly timers: NodeJS.Timeout[];
}

const lives = new AsyncLocalStorage<Life>();

/** Tells whether the running work may make one more change of files. */
function mayChange(): boolean {
  const life = lives.getStore();
  if (life === undefined) return true;
  if (life.left > 0) {
    life.left--;
    return true;
  }
  life.isOver = true;
  life.die();
  return false;
}

type Call = (this: unknown, ...parameters: unknown[]) => unknown;

const never = (): Promise<never> => new Promise(() => {});

function killed(): never {
  throw new Error('The process was killed.');
}

/** Replaces functions of an object by ones that stop where the process is killed. */
function wrap(
  owner: object,
  names: readonly string[],
  stop: () => unknown,
  isChange: (of: unknown[]) => boolean,
): void {
  const functions = owner as Record<string, Call>;
  for (const name of names) {
    const original = functions[name];
    if (original === undefined) throw new Error(`There is no ${name}.`);
    functions[name] = function (...parameters) {
      return isChange(parameters) && !mayChange() ? stop() : original.apply(this, parameters);
    };
  }
}

const always = (): boolean => true;

/** Tells whether opening with these flags can make or cut a file. */
function opensForChange([, flags = 'r']: unknown[]): boolean {
  if (typeof flags === 'number') return (flags & (constants.O_CREAT | constants.O_TRUNC)) !== 0;
  return !String(flags).startsWith('r');
}

const PATHS = ['mkdir', 'rmdir', 'rm', 'unlink', 'rename', 'link', 'symlink', 'chmod', 'utimes', 'writeFile'];
const HANDLES = ['write', 'writeFile', 'truncate', 'utimes', 'chmod'];

wrap(fs.promises, [...PATHS, 'truncate', 'copyFile'], never, always);
wrap(fs.promises, ['open'], never, opensForChange);
const { open } = fs.promises;
fs.promises.open = async (...parameters: Parameters<typeof open>): Promise<FileHandle> => {
  if (lives.getStore()?.isOver === true) return never();
  const handle = await open(...parameters);
  // The system outlives the process, so what is flushed makes no difference.
  Object.assign(handle, { sync: async () => {}, datasync: async () => {} });
  const life = lives.getStore();
  if (life === undefined) return handle;
  if (life.isOver) {
    await handle.close();
    return never();
  }
  life.open.push(handle);
  wrap(handle, HANDLES, never, always);
  return handle;
};
wrap(fs, ['writeSync', 'ftruncateSync', 'linkSync', 'unlinkSync', 'renameSync', 'mkdirSync'], killed, always);
wrap(fs, ['openSync'], killed, opensForChange);
const { openSync, closeSync } = fs;
fs.openSync = (...parameters: Parameters<typeof openSync>): number => {
  const life = lives.getStore();
  if (life?.isOver === true) killed();
  const fd = openSync(...parameters);
  life?.open.push(fd);
  return fd;
};
fs.closeSync = (fd) => {
  const life = lives.getStore();
  if (life?.isOver === true) return;
  if (life !== undefined) life.open.splice(0, life.open.length, ...life.open.filter((each) => each !== fd));
  closeSync(fd);
};
syncBuiltinESMExports();

const { setInterval } = globalThis;
globalThis.setInterval = Object.assign((...parameters: Parameters<typeof setInterval>) => {
  const timer = setInterval(...parameters);
  lives.getStore()?.timers.push(timer);
  return timer;
}, setInterval);

async function closeAll({ open, timers }: Life): Promise<void> {
  for (const timer of timers) clearInterval(timer);
  for (const file of open.splice(0)) {
    if (typeof file === 'number') closeSync(file);
    else await file.close();
  }
}

/**
 * Runs `work` as a process that is killed before its change number `step`, counted from 0.
 * @returns true if it was killed, false if it ended before, with fewer changes.
 */
export async function killedAt(step: number, work: () => Promise<unknown>): Promise<boolean> {
  let die: Life['die'] = () => {};
  const death = new Promise<true>((resolve) => {
    die = () => resolve(true);
  });
  const life: Life = { left: step, isOver: false, die, open: [], timers: [] };
  const ended = lives.run(life, work).then(
    () => false,
    // An error that comes after the kill is the kill's own.
    (error: unknown) => (life.isOver ? death : Promise.reject(error)),
  );
  const isKilled = await Promise.race([death, ended]);
  if (isKilled) await closeAll(life);
  return isKilled;
}
