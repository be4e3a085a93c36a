/**
 * The process that runs one model. It is started by `ProcessEngine` with a channel at file descriptor 3, and ends when
 * that closes, whatever it is doing.
 */
import { Socket } from 'node:net';
import { architecturesHandler } from './calls/architectures.ts';
import { chatHandler } from './calls/chat.ts';
import { countHandler } from './calls/count.ts';
import { devicesHandler } from './calls/devices.ts';
import { loadHandler } from './calls/load.ts';
import { LlamaLog } from './llamaLog.ts';
import { serve } from './serve.ts';
import { HostState } from './state.ts';

const CHANNEL_FD = 3;

// Nothing has to be saved, and the destructors of a native library would first wait for the running batch
// or crash in it. So the process does not exit: it is killed, by itself.
function endProcess(): void {
  process.kill(process.pid, 'SIGKILL');
}

const state = new HostState(new LlamaLog((level, message) => service.log(level, message)));
const handlers = [loadHandler, chatHandler, countHandler, devicesHandler, architecturesHandler];
const stream = new Socket({ fd: CHANNEL_FD, readable: true, writable: true });
const service = serve(
  stream,
  handlers.map((create) => create(state)),
  endProcess,
);
