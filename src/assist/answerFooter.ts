/** The line below an answer: who answered, how fast, and how much of the context the conversation takes. */
import { asLocalized, type Localized, t } from '../base/l10n.ts';
import type { ChatResult } from '../inference/index.ts';

/** Figures of an answer. */
export type AnswerFigures = Pick<
  ChatResult,
  'promptTokens' | 'evaluatedTokens' | 'answerTokens' | 'firstTextMs' | 'totalMs'
>;

/** Fewest tokens whose speed says anything: the first one comes with the prompt. */
const MIN_MEASURED_TOKENS = 4;

/** Returns the tokens a second after the first text, or undefined if too few came to tell. */
export function tokensPerSecond({ answerTokens, firstTextMs, totalMs }: AnswerFigures): number | undefined {
  const seconds = (totalMs - (firstTextMs ?? totalMs)) / 1000;
  if (answerTokens < MIN_MEASURED_TOKENS || seconds <= 0) return undefined;
  return (answerTokens - 1) / seconds;
}

/** `9.7`, `42`: a speed or a time as people read it. */
export function rounded(value: number): string {
  return value >= 9.95 ? value.toFixed(0) : value.toFixed(1);
}

/**
 * Formats the line.
 * @param label the model's name. @param contextTokens the allocated context.
 */
export function answerFooter(label: string, figures: AnswerFigures, contextTokens: number): Localized {
  const speed = tokensPerSecond(figures);
  const parts = [
    label,
    ...(speed === undefined ? [] : [t('{0} tokens/s', rounded(speed))]),
    ...(figures.firstTextMs === undefined
      ? []
      : [t('first text after {0} s', rounded(figures.firstTextMs / 1000))]),
    t('{0} of {1} tokens of context', figures.promptTokens + figures.answerTokens, contextTokens),
  ];
  // A name, and parts that are localized.
  return asLocalized(parts.join(' · '));
}
