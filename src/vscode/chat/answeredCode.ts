/** Answers with code for lines of a file, until the user wants one applied. */
import type * as vscode from 'vscode';
import { ModelError } from '../../base/error.ts';
import { t } from '../../base/l10n.ts';
import { linesOf } from '../inline/documents.ts';
import type { ProposedAnswer } from '../inline/inlineChat.ts';
import type { ChatSubject } from './gather/chatPiece.ts';

/** Number of answers that are kept. */
const MAX_ANSWERS = 20;

/** An answer with the text of the lines, by which they are found again. */
interface Kept extends ProposedAnswer {
  readonly id: string;
  readonly lines: readonly string[];
}

/** The answers of this window. */
export class AnsweredCodes {
  #answers: readonly Kept[] = [];
  #count = 0;

  /** Keeps the subject of a question before it is asked. @returns what keeps the answer, and returns its id. */
  begin({ document, first, last }: ChatSubject): (answer: Omit<ProposedAnswer, keyof ChatSubject>) => string {
    const lines = linesOf(document, first, last + 1);
    return (answer) => {
      const id = `${++this.#count}`;
      this.#answers = [...this.#answers, { ...answer, id, document, first, last, lines }].slice(-MAX_ANSWERS);
      return id;
    };
  }

  /**
   * Returns an answer with its lines where they are now.
   * @throws ModelError `no-subject` if they were changed, are there several times, or the answer is forgotten.
   */
  find(id: unknown): ProposedAnswer {
    const kept = this.#answers.find((one) => one.id === id);
    if (kept === undefined) {
      throw new ModelError('no-subject', t('The answer is no longer known. Ask again.'));
    }
    const { document, lines } = kept;
    const first = isAt(document, lines, kept.first) ? kept.first : onlyPlaceOf(document, lines);
    if (first === undefined) {
      throw new ModelError(
        'no-subject',
        t('The lines that the answer is about were changed meanwhile. Ask again.'),
      );
    }
    return { ...kept, first, last: first + lines.length - 1 };
  }
}

function isAt(document: vscode.TextDocument, lines: readonly string[], first: number): boolean {
  if (first + lines.length > document.lineCount) return false;
  return lines.every((line, index) => document.lineAt(first + index).text === line);
}

function onlyPlaceOf(document: vscode.TextDocument, lines: readonly string[]): number | undefined {
  const places: number[] = [];
  for (let first = 0; first + lines.length <= document.lineCount && places.length < 2; first++) {
    if (isAt(document, lines, first)) places.push(first);
  }
  return places.length === 1 ? places[0] : undefined;
}
