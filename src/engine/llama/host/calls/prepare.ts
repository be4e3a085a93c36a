/** Starts llama.cpp ahead of a load. */
import { prepareCall } from '../../calls/prepare.ts';
import { type Handler, handle } from '../serve.ts';
import type { HostState } from '../state.ts';

export function prepareHandler(state: HostState): Handler {
  return handle(prepareCall, async ({ gpu }) => {
    await state.llama(gpu);
    return {};
  });
}
