/** Answers a conversation with the loaded model. */
import { chatCall } from '../../calls/chat.ts';
import { generate } from '../generate.ts';
import { type Handler, handle } from '../serve.ts';
import type { HostState } from '../state.ts';

export function chatHandler(state: HostState): Handler {
  return handle(chatCall, async (params, { signal, emit }) => {
    state.log.restart();
    return generate(state.model, params, emit, signal);
  });
}
