/** Asks a model for the new lines of a proposal, or reads them in an answer that is there. */
import { type EditResult, editReader, requestEdit } from '../../assist/index.ts';
import type { Log } from '../../base/log.ts';
import type { ReadyEngine } from '../../session/index.ts';
import { warnOfOmission } from '../window/log.ts';
import { settings } from '../window/settings.ts';
import { indentationOf, linesAround, pathOf } from './documents.ts';
import type { Proposal } from './proposal.ts';

/** Number of lines before and after the changed ones that the answer is compared with. */
export const COMPARED_LINES = 2_000;

/** Reads a whole answer about the lines of a proposal, as if it had been asked for here. */
export async function readAnswer(proposal: Proposal, answer: string): Promise<EditResult> {
  const { readEdit } = await editReader();
  const { document, original } = proposal;
  return readEdit(answer, original, {
    languageId: document.languageId,
    indentation: indentationOf(document),
    complete: true,
    ...linesAround(document, proposal, COMPARED_LINES),
  });
}

/**
 * Asks for the new lines, and shows those that are sure while they come.
 * @returns undefined if it was cancelled.
 * @throws ModelError as `requestEdit`.
 */
export async function requestProposal(
  proposal: Proposal,
  ready: ReadyEngine,
  signal: AbortSignal,
  log: Log,
): Promise<EditResult | undefined> {
  const { document, original, instruction, earlier } = proposal;
  const requested = await requestEdit(
    {
      instruction,
      earlier,
      languageId: document.languageId,
      label: pathOf(document),
      indentation: indentationOf(document),
      original,
      ...linesAround(document, proposal, COMPARED_LINES),
    },
    ready,
    {
      signal,
      limitTokens: settings.maxAnswerTokens(),
      onLines: (lines) => proposal.show(lines),
      onDropped: (what) => warnOfOmission(log, 'Inline chat', what),
    },
  );
  if (requested === undefined) return undefined;
  for (const { promptTokens, answerTokens, totalMs, stopReason } of requested.answers) {
    log.info(
      `Inline chat: ${promptTokens} tokens asked, ${answerTokens} answered in ${Math.round(totalMs)} ms, ${stopReason}.`,
    );
  }
  return requested.edit;
}
