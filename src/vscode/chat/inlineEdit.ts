/** Answers VS Code's own inline chat: the lines of our edit become the call of its only tool. */
import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import {
  type InlineRequest,
  inlinePlace,
  type OpenFile,
  replaceCall,
  requestEdit,
} from '../../assist/index.ts';
import { t } from '../../base/l10n.ts';
import type { Log } from '../../base/log.ts';
import { markdownText } from '../../base/text.ts';
import type { ReadyEngine } from '../../session/index.ts';
import { indentationOf, linesOf, selectedLines } from '../inline/documents.ts';
import { COMPARED_LINES } from '../inline/editRequest.ts';
import { settings } from '../window/settings.ts';

type Progress = vscode.Progress<vscode.LanguageModelResponsePart>;

/**
 * Answers a request with one call of the tool, or with a sentence about why there is none.
 * @throws ModelError as `requestEdit`.
 */
export async function answerInlineEdit(
  request: InlineRequest,
  ready: ReadyEngine,
  progress: Progress,
  signal: AbortSignal,
  log: Log,
): Promise<void> {
  const say = (text: string): void =>
    progress.report(new vscode.LanguageModelTextPart(`${markdownText(text)}\n\n`));
  const place = await inlinePlace(request, openFile(request.path));
  if ('reason' in place) return say(place.reason);
  const { lines, first, last } = place;
  const requested = await requestEdit(
    {
      instruction: request.instruction,
      images: request.images,
      languageId: place.languageId,
      label: vscode.workspace.asRelativePath(request.path),
      indentation: place.indentation ?? '    ',
      original: lines.slice(first, last + 1),
      before: lines.slice(Math.max(0, first - COMPARED_LINES), first),
      after: lines.slice(last + 1, last + 1 + COMPARED_LINES),
    },
    ready,
    {
      signal,
      limitTokens: settings.maxAnswerTokens(),
      onDropped: (what) => say(t('Left out: {0}', what)),
      onUnseen: say,
    },
  );
  if (requested === undefined) return;
  const { edit, answers } = requested;
  for (const { promptTokens, answerTokens, totalMs } of answers) {
    log.info(
      `Inline chat of VS Code: ${promptTokens} tokens asked, ${answerTokens} answered in ${Math.round(totalMs)} ms, ${edit.kind}.`,
    );
  }
  if (edit.kind === 'refused') return say(edit.reason);
  if (edit.kind === 'unchanged') return say(t('The model sees nothing to change here.'));
  for (const note of edit.notes) say(note);
  const { name, arguments: input } = replaceCall(request, place, edit.lines);
  progress.report(new vscode.LanguageModelToolCallPart(randomUUID(), name, input));
}

/** The file of a request as it is in an editor. Returns undefined if it is in none. */
function openFile(path: string): OpenFile | undefined {
  const { activeTextEditor, visibleTextEditors } = vscode.window;
  const editor = [activeTextEditor, ...visibleTextEditors].find((one) => {
    const uri = one?.document.uri;
    return uri !== undefined && [uri.fsPath, uri.path, uri.toString(), uri.toString(true)].includes(path);
  });
  if (editor === undefined) return undefined;
  const { document, selection } = editor;
  return {
    languageId: document.languageId,
    indentation: indentationOf(document),
    lines: linesOf(document, 0, document.lineCount),
    selected: selectedLines(selection),
  };
}
