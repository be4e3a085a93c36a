/** The code in the active editor that a question is about. */
import * as vscode from 'vscode';
import type { EditorSelection } from '../../../assist/index.ts';
import { linesOf, selectedLines } from '../../inline/documents.ts';
import { type ChatPiece, type ChatSubject, labelOf } from './chatPiece.ts';

/** Lines above and below the cursor if no symbol is there. */
const LINES_AROUND = 20;
/** A symbol with more lines is no subject: the lines at the cursor are. */
const MAX_SYMBOL_LINES = 200;
/** Lines of the file that go along on each side. Small models get lost in more, and read slowly on a laptop. */
const FILE_LINES = 60;

const WHOLE_SYMBOLS: ReadonlySet<vscode.SymbolKind> = new Set([
  vscode.SymbolKind.Class,
  vscode.SymbolKind.Constructor,
  vscode.SymbolKind.Enum,
  vscode.SymbolKind.Function,
  vscode.SymbolKind.Interface,
  vscode.SymbolKind.Method,
  vscode.SymbolKind.Struct,
]);

/** Returns the active editor's selection, unless it is empty or already attached. */
export function editorSelection(references: readonly vscode.ChatPromptReference[]): ChatSubject | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined || editor.selection.isEmpty) return undefined;
  const { document, selection } = editor;
  const attached = references.some(
    ({ value }) =>
      value instanceof vscode.Location &&
      value.uri.toString() === document.uri.toString() &&
      value.range.contains(selection),
  );
  return attached ? undefined : selectedIn(editor);
}

function selectedIn({ document, selection }: vscode.TextEditor): ChatSubject {
  const [first, last] = selectedLines(selection);
  return { document, first, last };
}

/** Returns the selected lines, else the smallest symbol at the cursor, else the lines around it. */
export async function codeAtCursor(): Promise<ChatSubject | undefined> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) return undefined;
  const { document, selection } = editor;
  if (!selection.isEmpty) return selectedIn(editor);
  if (document.getText().trim() === '') return undefined;
  const { line } = selection.active;
  const [first, last] = (await symbolAt(document, line)) ?? [
    Math.max(0, line - LINES_AROUND),
    Math.min(document.lineCount - 1, line + LINES_AROUND),
  ];
  return { document, first, last };
}

async function symbolAt(document: vscode.TextDocument, line: number): Promise<[number, number] | undefined> {
  const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[] | undefined>(
    'vscode.executeDocumentSymbolProvider',
    document.uri,
  );
  const found: [number, number][] = [];
  const search = (candidates: readonly vscode.DocumentSymbol[]): void => {
    for (const { kind, range, children = [] } of candidates) {
      if (range === undefined || range.start.line > line || range.end.line < line) continue;
      if (WHOLE_SYMBOLS.has(kind)) found.push([range.start.line, range.end.line]);
      search(children);
    }
  };
  search(symbols ?? []);
  const smallest = found.toSorted(([a, b], [c, d]) => b - a - (d - c))[0];
  return smallest !== undefined && smallest[1] - smallest[0] < MAX_SYMBOL_LINES ? smallest : undefined;
}

/** The subject as a prompt has it. */
export function selectionOf({ document, first, last }: ChatSubject): EditorSelection {
  return {
    label: labelOf(document.uri),
    languageId: document.languageId,
    text: linesOf(document, first, last + 1).join('\n'),
    startLine: first + 1,
  };
}

/** The place of a subject. */
export function placeOf({ document, first, last }: ChatSubject): vscode.Location {
  return new vscode.Location(
    document.uri,
    new vscode.Range(first, 0, last, document.lineAt(last).text.length),
  );
}

/** The file around a subject, unless that is all of it. */
export function fileAround({ document, first, last }: ChatSubject): ChatPiece[] {
  if (first === 0 && last >= document.lineCount - 1) return [];
  const text = linesOf(document, first - FILE_LINES, last + 1 + FILE_LINES).join('\n');
  const { uri, languageId } = document;
  return [{ kind: 'file', label: labelOf(uri), languageId, text, place: uri }];
}
