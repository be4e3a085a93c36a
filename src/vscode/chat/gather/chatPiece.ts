/** A text that goes with a question, with the place that it comes from. */
import * as vscode from 'vscode';
import type { TextReference } from '../../../assist/index.ts';

/** @see TextReference */
export interface ChatPiece extends TextReference {
  /** Undefined for text without a place, such as changes. */
  readonly place?: vscode.Uri | vscode.Location | undefined;
}

/** Lines of a document that a question is about. Its lines are whole ones. */
export interface ChatSubject {
  readonly document: vscode.TextDocument;
  /** Zero-based, both included. */
  readonly first: number;
  readonly last: number;
}

/** Names a file as people and models know it. */
export function labelOf(uri: vscode.Uri): string {
  return vscode.workspace.asRelativePath(uri);
}
