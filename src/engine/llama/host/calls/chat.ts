/** Answers a conversation with the loaded model. */
import { chatCall } from '../../calls/chat.ts';
import { answerChat } from '../chat/answerChat.ts';
import { type Handler, handle } from '../serve.ts';
import type { HostState } from '../state.ts';

export function chatHandler(state: HostState): Handler {
  return handle(chatCall, async (params, context) => {
    state.log.restart();
    return answerChat(state.model, params, context);
  });
}
