/** Finds the GPUs that llama.cpp can use. */
import { devicesCall } from '../../calls/devices.ts';
import { findDevices } from '../load/library.ts';
import { type Handler, handle } from '../serve.ts';
import type { HostState } from '../state.ts';

export function devicesHandler(state: HostState): Handler {
  return handle(devicesCall, () => findDevices(state.log));
}
