/** Gathers what goes with a question: attachments, the code that it is about, problems and changes. */
import * as vscode from 'vscode';
import type { AskCommand } from '../../../assist/index.ts';
import { ModelError } from '../../../base/error.ts';
import { type Localized, t } from '../../../base/l10n.ts';
import type { Log } from '../../../base/log.ts';
import type { ChatPiece, ChatSubject } from './chatPiece.ts';
import { labelOf } from './chatPiece.ts';
import { codeAtCursor, editorSelection, fileAround } from './editorCode.ts';
import { changesOf, gitRepository } from './gitChanges.ts';
import type { ImageFiles } from './imageFiles.ts';
import type { ChatImage } from './images.ts';
import { problemLines, problemsAt } from './problems.ts';
import { isImplicit, readReferences } from './references.ts';

/** Everything that goes with a question. */
export interface Gathered {
  readonly pieces: readonly ChatPiece[];
  readonly images: readonly ChatImage[];
  /** The lines that the question is about. */
  readonly subject?: ChatSubject | undefined;
  /** The omissions, for people. */
  readonly leftOut: readonly Localized[];
}

/**
 * @param command what the user asked for. A question without one takes along what is attached and selected; in a
 * workspace that is not trusted, only what the user attached.
 * @throws ModelError `no-subject` if there is nothing to work on.
 */
export async function gather(
  request: Pick<vscode.ChatRequest, 'references'>,
  command: AskCommand | undefined,
  { imageFiles, log }: { readonly imageFiles: ImageFiles; readonly log: Log },
): Promise<Gathered> {
  const { isTrusted } = vscode.workspace;
  const asked = request.references.filter((one) => !isImplicit(one));
  // A command finds its subject by itself; what VS Code attached unasked is no part of it.
  const wanted = isTrusted && command === undefined ? request.references : asked;
  const attached = await readReferences(wanted, imageFiles, log);
  const leftOut = [...attached.leftOut];
  if (!isTrusted && asked.length < request.references.length) {
    leftOut.push(t('the open file, because this workspace is not trusted. Attach the file to send it'));
  }
  if (command === undefined) {
    const subject = isTrusted ? editorSelection(request.references) : undefined;
    return { ...attached, subject, leftOut };
  }
  const found = await subjectOf(
    command,
    attached.pieces.some(({ kind }) => kind === undefined),
  );
  const { pieces, images } = attached;
  const hasAttachments = pieces.length > 0 || images.length > 0;
  const hasSubject = found.subject !== undefined || found.pieces.length > 0;
  if (!hasSubject && (!hasAttachments || command.subject === 'changes')) {
    throw new ModelError('no-subject', command.nothing());
  }
  return { images, pieces: [...pieces, ...found.pieces], subject: found.subject, leftOut };
}

async function subjectOf(
  { subject }: AskCommand,
  hasAttachments: boolean,
): Promise<Pick<Gathered, 'pieces' | 'subject'>> {
  const isSelected = vscode.window.activeTextEditor?.selection.isEmpty === false;
  if (subject === 'changes' || (subject === 'changesOrCode' && !isSelected && !hasAttachments)) {
    const repository = await gitRepository();
    const changes = repository && (await changesOf(repository));
    if (changes !== undefined || subject === 'changes')
      return { pieces: changes === undefined ? [] : [changes] };
  }
  // An attached file is the subject, unless something is selected.
  const code = hasAttachments && !isSelected ? undefined : await codeAtCursor();
  if (code === undefined) return { pieces: [] };
  const around = vscode.workspace.isTrusted ? fileAround(code) : [];
  return { pieces: [...around, ...(subject === 'problems' ? problemsOf(code) : [])], subject: code };
}

function problemsOf({ document: { uri }, first, last }: ChatSubject): ChatPiece[] {
  const text = problemLines(problemsAt(uri, first, last)).join('\n');
  return text === '' ? [] : [{ kind: 'problems', label: labelOf(uri), text }];
}
