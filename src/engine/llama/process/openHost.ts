/** Finds the process for a model: that of another window, one that is ready, or a new one. */
import type { Log } from '../../../base/log.ts';
import { type Door, shareCall } from '../calls/share.ts';
import type { Host } from './host.ts';
import { HostProcess, type HostProcessOptions } from './hostProcess.ts';
import { SharedHost } from './sharedHost.ts';
import type { SpareHosts } from './spareHosts.ts';

/** Options to find or start a process. */
export interface OpenHostOptions extends HostProcessOptions {
  readonly log: Log;
  readonly gpu: 'auto' | 'off';
  readonly spares: SpareHosts | undefined;
  /** Where windows share the process; undefined for one of its own. */
  readonly door: Door | undefined;
  /** Called with a process as soon as there is one, which may be replaced. */
  readonly onHost: (host: Host) => void;
}

/** Returns a process that is running. @throws ModelError `engine-unavailable`, `engine-crashed`, `cancelled`. */
export async function openHost(options: OpenHostOptions): Promise<Host> {
  const { door, log, onHost } = options;
  const found = door === undefined ? undefined : await SharedHost.find(door, log);
  if (found !== undefined) {
    onHost(found);
    return found;
  }
  const own = options.spares?.take(options.gpu) ?? new HostProcess(options);
  onHost(own);
  await own.ready;
  if (door === undefined) return own;
  const { door: state } = await own.call(shareCall, door).done;
  if (state !== 'taken') {
    own.isShared = state === 'open';
    return own;
  }
  // Another window was faster by a moment.
  const other = await SharedHost.await(door, log);
  if (other === undefined) return own;
  onHost(other);
  await own.stop();
  return other;
}
