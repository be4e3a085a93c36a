/**
 * The entry point of the process that runs one model. `ProcessEngine` starts it with a channel at file descriptor 3,
 * and it ends when that closes, whatever it is doing.
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
import { LlamaLog } from './llamaLog.ts';
import { serve } from './serve.ts';
import { HostState } from './state.ts';

const CHANNEL_FD = 3;

// There is nothing to save, and the destructors of a native library would wait for the running batch or crash in it. So
// the process kills itself instead of exiting.
function endProcess(): void {
  try {
    state.end();
  } catch {
    // The next process removes it.
  }
  process.kill(process.pid, 'SIGKILL');
}

const state = new HostState(new LlamaLog((level, message) => service.log(level, message)));
const handlers = [
  prepareHandler,
  loadHandler,
  chatHandler,
  completeHandler,
  scoreHandler,
  marksHandler,
  countHandler,
  devicesHandler,
  architecturesHandler,
];
const stream = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });
const service = serve(
  stream,
  handlers.map((create) => create(state)),
  endProcess,
);
