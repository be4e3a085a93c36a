/**
 * The entry point of the process that runs one model. `ProcessEngine` starts it with a channel at file descriptor 3,
 * and it ends when its last client is gone, whatever it is doing.
 */
import { Socket } from 'node:net';
import { architecturesHandler } from './calls/architectures.ts';
import { chatHandler } from './calls/chat.ts';
import { completeHandler } from './calls/complete.ts';
import { countHandler } from './calls/count.ts';
import { devicesHandler } from './calls/devices.ts';
import { loadHandler } from './calls/load.ts';
import { marksHandler } from './calls/marks.ts';
import { prepareHandler } from './calls/prepare.ts';
import { scoreHandler } from './calls/score.ts';
import { shareHandler } from './calls/share.ts';
import { Clients } from './clients.ts';
import { LlamaLog } from './llamaLog.ts';
import { HostState } from './state.ts';

const CHANNEL_FD = 3;

// There is nothing to save, and the destructors of a native library would wait for the running batch or crash in it. So
// the process kills itself instead of exiting.
async function endProcess(): Promise<void> {
  try {
    await state.end();
  } catch {
    // The next process removes what is left.
  }
  process.kill(process.pid, 'SIGKILL');
}

// The window that started this process may be gone, and others not.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const log = new LlamaLog((level, message) => clients.log(level, message));
const state = new HostState(log, (socket, token) => clients.add(socket, token));
const handlers = [
  prepareHandler,
  shareHandler,
  loadHandler,
  chatHandler,
  completeHandler,
  scoreHandler,
  marksHandler,
  countHandler,
  devicesHandler,
  architecturesHandler,
];
const clients = new Clients(
  handlers.map((create) => create(state)),
  () => void endProcess(),
);
clients.add(new Socket({ fd: CHANNEL_FD, readable: true, writable: true }));
