/** Continues texts, and fills them in, with the loaded model. */
import { completeCall } from '../../calls/complete.ts';
import { complete } from '../completion/complete.ts';
import { type Handler, handle } from '../serve.ts';
import type { HostState } from '../state.ts';

export function completeHandler(state: HostState): Handler {
  return handle(completeCall, async (params, context) => {
    state.log.restart();
    return complete(state.model, params, context);
  });
}
