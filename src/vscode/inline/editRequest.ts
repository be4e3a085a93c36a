/** Asks a model for the new lines of a proposal. */
import * as vscode from 'vscode';
import {
  buildEditMessages,
  createEditReader,
  EDIT_SAMPLING,
  type EditResult,
  PrefilledBlock,
  readEdit,
  wishesForEdits,
} from '../../assist/index.ts';
import type { Log } from '../../base/log.ts';
import { capability } from '../../inference/index.ts';
import type { ReadyEngine } from '../../session/index.ts';
import { ask } from '../ask.ts';
import { settings } from '../window/settings.ts';
import { indentationOf, linesAround } from './documents.ts';
import type { Proposal } from './proposal.ts';

/** Number of lines before and after the changed ones that the model sees. */
const CONTEXT_LINES = 20;
/** Number of lines before and after them that the answer is compared with; models answer with whole files. */
export const COMPARED_LINES = 2_000;
/** Tokens of an answer beyond twice those of the old lines. */
const SPARE_TOKENS = 256;

/**
 * Asks for the new lines, and shows those that are sure while they come.
 * @returns undefined if it was cancelled.
 * @throws ModelError as `ask`.
 */
export async function requestEdit(
  proposal: Proposal,
  ready: ReadyEngine,
  signal: AbortSignal,
  log: Log,
): Promise<EditResult | undefined> {
  const { document, original } = proposal;
  const { languageId } = document;
  const block = new PrefilledBlock(languageId, original);
  const messages = buildEditMessages({
    instruction: proposal.instruction,
    earlier: proposal.earlier,
    languageId,
    label: vscode.workspace.asRelativePath(document.uri),
    lines: original,
    ...linesAround(document, proposal, CONTEXT_LINES),
  });
  const context = {
    languageId,
    indentation: indentationOf(document),
    complete: true,
    ...linesAround(document, proposal, COMPARED_LINES),
  };
  const reader = createEditReader(original, context);
  const closed = new AbortController();
  const onText = (text: string): void => {
    proposal.show(reader.push(block.push(text)).lines);
    // Whatever follows the block is about it. In Markdown a fence may belong to the text.
    if (block.isClosed && languageId !== 'markdown') closed.abort();
  };
  const result = await ask(
    { ...ready, defaults: wishesForEdits(ready.defaults) },
    [...messages, block.message],
    {
      signal: AbortSignal.any([signal, closed.signal]),
      wishes: { sampling: EDIT_SAMPLING },
      limitTokens: await limitOf(original, ready, signal),
      purpose: 'edit',
      copiedText: original.join('\n'),
      // A thought would take longer than the edit.
      thinking: false,
      onText,
      onDropped: (what) => log.warn(`Inline chat: left out of the prompt: ${what}`),
    },
  );
  log.info(
    `Inline chat: ${result.promptTokens} tokens asked, ${result.answerTokens} answered in ${Math.round(result.totalMs)} ms, ${result.stopReason}.`,
  );
  if (signal.aborted) return undefined;
  const complete = closed.signal.aborted || result.stopReason === 'end';
  return readEdit(block.end(complete), original, { ...context, complete });
}

/** Code takes about as much as the code before; new code in an empty place, as much as any answer. */
async function limitOf(
  original: readonly string[],
  { engine }: ReadyEngine,
  signal: AbortSignal,
): Promise<number> {
  const text = original.join('\n');
  if (text.trim() === '') return settings.maxAnswerTokens();
  return 2 * (await capability(engine, 'count')(text, signal)) + SPARE_TOKENS;
}
