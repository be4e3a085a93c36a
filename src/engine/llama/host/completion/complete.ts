/** Continues a text, or fills in the text between two others. */
import { t } from '../../../../base/l10n.ts';
import type { CompleteEnd, CompleteEvent, CompleteParams } from '../../calls/complete.ts';
import { type GenerationEnd, generate } from '../generation/generate.ts';
import { tokenChoice } from '../generation/sampling.ts';
import { HostError } from '../hostError.ts';
import type { HostModel } from '../load/loadModel.ts';
import { answerLimit } from '../room.ts';
import type { CallContext } from '../serve.ts';
import { markedPrompt, requireRoom } from './markedPrompt.ts';

const STOP_REASONS = {
  end: 'end',
  stop: 'stop',
  unlikely: 'unlikely',
  length: 'length',
  loop: 'end',
  cancelled: 'cancelled',
} as const satisfies Record<GenerationEnd, CompleteEnd['stopReason']>;

/** @throws HostError `context-overflow`, `engine-error`. */
export async function complete(
  host: HostModel,
  params: CompleteParams,
  { signal, client, emit }: CallContext<CompleteEvent>,
): Promise<CompleteEnd> {
  const prompt = markedPrompt(host, params.prompt);
  if (prompt.length === 0) throw new HostError('engine-error', t('There is no text to continue.'));
  const room = requireRoom(host, prompt.length);
  const turn = host.turns.take(params.purpose, { signal, client });
  try {
    const { end, evaluatedTokens, answerTokens } = await generate(
      host,
      {
        prompt,
        maxTokens: answerLimit(params.maxTokens, room),
        choice: tokenChoice(params.sampling, host.context.contextSize),
        stop: params.stop,
        begin: params.begin,
        minJointProbability: params.minJointProbability,
        withProbability: params.withProbability,
        endsAtMarks: true,
      },
      turn,
      {
        onPrompt: () => {},
        onPiece: ({ text, tokens, probability }) => emit({ text, answerTokens: tokens, probability }),
      },
    );
    return { stopReason: STOP_REASONS[end], promptTokens: prompt.length, evaluatedTokens, answerTokens };
  } finally {
    turn.end();
  }
}
