/** The tokens of a prompt with marks. */
import type { Token } from 'node-llama-cpp';
import { t } from '../../../../base/l10n.ts';
import type { MarkedText } from '../generation/vocabulary.ts';
import { HostError } from '../hostError.ts';
import type { HostModel } from '../load/loadModel.ts';
import { roomBehind } from '../room.ts';

/** Returns the tokens, with that for the beginning if the model wants one. @throws HostError `engine-error`. */
export function markedPrompt({ vocabulary }: HostModel, prompt: MarkedText): Token[] {
  const tokens = vocabulary.tokensOfMarked(prompt);
  if (tokens === undefined) {
    const missing = prompt.find(
      (part) => typeof part !== 'string' && vocabulary.mark(part.mark) === undefined,
    );
    const mark = typeof missing === 'object' ? missing.mark : '';
    throw new HostError(
      'engine-error',
      t('The model has no special token "{0}". Choose another model.', mark),
    );
  }
  const { beginning } = vocabulary;
  return beginning === undefined || tokens[0] === beginning ? tokens : [beginning, ...tokens];
}

/** Returns the tokens that a context leaves free behind a prompt. @throws HostError `context-overflow`. */
export function requireRoom(host: HostModel, promptTokens: number): number {
  const room = roomBehind(host, promptTokens);
  if (room >= 1) return room;
  throw new HostError(
    'context-overflow',
    t(
      'The text takes {0} tokens, which leaves no room in the context of {1} tokens. Load the model with a larger context.',
      promptTokens,
      host.context.contextSize,
    ),
  );
}
