/** The prompt of a conversation, as the model's own template writes it. */
import type { Token } from 'node-llama-cpp';
import type { Localized } from '../../../../base/l10n.ts';
import { promptBos } from '../../../../inference/template/index.ts';
import type { ChatParams } from '../../calls/chat.ts';
import type { HostModel } from '../load/loadModel.ts';

/** A prompt that is ready to be evaluated. */
export interface ChatPrompt {
  readonly tokens: readonly Token[];
  /** True if the answer begins inside a thought. */
  readonly thoughtOpen: boolean;
  /** Things that the template has no place for, and what was done instead. */
  readonly notes: readonly Localized[];
}

/** Renders and tokenizes a conversation. A last message of the assistant is continued. */
export function chatPrompt(host: HostModel, params: ChatParams): ChatPrompt {
  const { messages, tools, thinking } = params;
  const rendered = host.template.render({
    messages,
    tools,
    thinking: thinking ?? 'default',
    continueLast: messages.at(-1)?.role === 'assistant',
  });
  const tokens = host.vocabulary.tokensOf(rendered.pieces);
  const { beginning } = host.vocabulary;
  const bosToken = host.model.tokens.bosString ?? '';
  const needsBeginning = beginning !== undefined && promptBos(rendered.text, { addBos: true, bosToken });
  return {
    tokens: needsBeginning ? [beginning, ...tokens] : tokens,
    thoughtOpen: rendered.thoughtOpen,
    notes: rendered.notes,
  };
}
