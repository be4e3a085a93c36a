/** Scores texts with the loaded model. */
import { scoreCall } from '../../calls/score.ts';
import { score } from '../completion/score.ts';
import { type Handler, handle } from '../serve.ts';
import type { HostState } from '../state.ts';

export function scoreHandler(state: HostState): Handler {
  return handle(scoreCall, async (params, { signal }) => {
    state.log.restart();
    return score(state.model, params, signal);
  });
}
