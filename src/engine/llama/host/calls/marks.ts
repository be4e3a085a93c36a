/** Lists the special tokens of the loaded model. */
import { MARK_BOUNDS, marksCall } from '../../calls/marks.ts';
import { type Handler, handle } from '../serve.ts';
import type { HostState } from '../state.ts';

export function marksHandler(state: HostState): Handler {
  return handle(marksCall, async () => {
    const { specialTexts } = state.model.vocabulary;
    const short = [...specialTexts].filter(({ length }) => length <= MARK_BOUNDS.characters);
    return { marks: short.slice(0, MARK_BOUNDS.count) };
  });
}
