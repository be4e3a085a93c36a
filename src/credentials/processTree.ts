/**
 * Ends a process together with those that it started. Helpers are often shell scripts, so the process that waits for a
 * locked keychain is a child of theirs, and would stay.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { win32 } from 'node:path';

/** The machine's way to end processes. */
export interface EndingMachine {
  readonly platform: NodeJS.Platform;
  /** Folder of Windows. */
  readonly systemRoot: string;
  readonly spawn: typeof spawn;
  readonly kill: (pid: number, signal: NodeJS.Signals) => void;
}

const THIS_MACHINE: EndingMachine = {
  platform: process.platform,
  systemRoot: process.env.SystemRoot ?? 'C:\\Windows',
  spawn,
  kill: process.kill.bind(process),
};

/**
 * Options of `spawn` for a process that {@link endTree} can end: outside Windows it leads a process group of its own.
 * On Windows, where no group is needed, it would get a console window.
 */
export function ownGroup(platform: NodeJS.Platform = process.platform): { readonly detached: boolean } {
  return { detached: platform !== 'win32' };
}

/**
 * Ends a process that was started with {@link ownGroup}, and its children. Does nothing after it has ended: its id may
 * belong to another process by then, and what it left behind, such as the agent of a keychain, may stay.
 */
export function endTree(child: ChildProcess, machine: EndingMachine = THIS_MACHINE): void {
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  if (machine.platform === 'win32') {
    const taskkill = machine.spawn(
      win32.join(machine.systemRoot, 'System32', 'taskkill.exe'),
      ['/T', '/F', '/PID', String(pid)],
      { stdio: 'ignore', windowsHide: true },
    );
    taskkill.on('error', () => child.kill('SIGKILL'));
    return;
  }
  try {
    machine.kill(-pid, 'SIGKILL');
  } catch {
    // The group is gone, or one of its processes belongs to another user.
    child.kill('SIGKILL');
  }
}
