/** Counts tokens with the vocabulary of the loaded model. */
import { countCall } from '../../calls/count.ts';
import { type Handler, handle } from '../serve.ts';
import type { HostState } from '../state.ts';

export function countHandler(state: HostState): Handler {
  return handle(countCall, async ({ text }) => ({ tokens: await state.model.vocabulary.count(text) }));
}
