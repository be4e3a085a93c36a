/** The room for an answer behind its prompt. */
import type { HostModel } from './load/loadModel.ts';

/** Returns the tokens that a prompt leaves free; negative if it does not fit. */
export function roomBehind({ context }: HostModel, promptTokens: number): number {
  // The library keeps the last cell of the context free.
  return context.contextSize - 1 - promptTokens;
}

/** Returns the limit of an answer, at least 1, because 0 would mean none. @param wanted Defaults to all of the room. */
export function answerLimit(wanted: number | undefined, room: number): number {
  return Math.max(1, Math.min(wanted ?? room, room));
}
