/** Reads what the user attached to a question: files, places, folders, notebooks, symbols, problems, texts and images. */
import * as vscode from 'vscode';
import { type Localized, t } from '../../../base/l10n.ts';
import type { Log } from '../../../base/log.ts';
import { singleLine } from '../../../base/text.ts';
import { property } from '../../commands/property.ts';
import { type ChatPiece, labelOf } from './chatPiece.ts';
import { folderTree, isFolder } from './folderTree.ts';
import type { ImageFiles } from './imageFiles.ts';
import { type ChatImage, imageReferences, readImages } from './images.ts';
import { problemLines } from './problems.ts';
import { Unreadable } from './unreadable.ts';

/** Longest attached file that is read, in characters; the context budget decides how much of it is sent. */
const MAX_REFERENCE_CHARACTERS = 400_000;
const NOTEBOOK = /\.ipynb$/i;

/** The attachments of a question. */
export interface ReadReferences {
  /** In the order in which they were attached. */
  readonly pieces: readonly ChatPiece[];
  readonly images: readonly ChatImage[];
  /** The omissions, for people. */
  readonly leftOut: readonly Localized[];
}

/** Reads all attachments. One that cannot be read is left out, and it is said. */
export async function readReferences(
  references: readonly vscode.ChatPromptReference[],
  files: ImageFiles,
  log: Log,
): Promise<ReadReferences> {
  const leftOut: Localized[] = [];
  const onFailed = (reference: vscode.ChatPromptReference, error: unknown): void => {
    log.warn(`The attachment ${reference.id} could not be read: ${String(error)}`);
    const name = nameOf(reference);
    leftOut.push(error instanceof Unreadable ? error.reason : t('{0}, which cannot be read', name));
  };
  const pictures = await imageReferences(references);
  const others = references.filter((one) => !pictures.includes(one));
  const [images, pieces] = await Promise.all([
    readImages(pictures, files, onFailed),
    Promise.all(
      others.map(async (reference) => {
        try {
          return await readReference(reference);
        } catch (error) {
          onFailed(reference, error);
          return [];
        }
      }),
    ),
  ]);
  return { pieces: pieces.flat(), images, leftOut };
}

/** Tells if VS Code added a reference by itself: the open file, its visible lines or its selection. */
export function isImplicit({ id }: Pick<vscode.ChatPromptReference, 'id'>): boolean {
  return id.startsWith('vscode.implicit');
}

/** Names an attachment, for people. */
export function nameOf({ id, value }: vscode.ChatPromptReference): string {
  if (value instanceof vscode.Uri) return labelOf(value);
  if (value instanceof vscode.Location) return labelOf(value.uri);
  return singleLine(id, 80);
}

async function readReference(reference: vscode.ChatPromptReference): Promise<ChatPiece[]> {
  const { value, id } = reference;
  const seen = isImplicit(reference) ? ({ kind: 'visible' } as const) : {};
  if (typeof value === 'string') return [{ label: t('attached text'), text: value }];
  if (value instanceof vscode.Uri) return [{ ...(await readPlace(value)), ...seen }];
  if (value instanceof vscode.Location) return [{ ...(await readRange(value)), ...seen }];
  // The rest has no stable types: symbols have a place, problems come as pairs.
  const location = property(value, 'location');
  if (location instanceof vscode.Location) return [await readRange(location)];
  const diagnostics = property(value, 'diagnostics');
  if (Array.isArray(diagnostics)) return diagnostics.flatMap(readProblems);
  throw new Unreadable(t('{0}, which local models cannot read', singleLine(id, 80)));
}

function readProblems(pair: unknown): ChatPiece[] {
  if (!Array.isArray(pair)) return [];
  const [uri, diagnostics] = pair as [unknown, unknown];
  if (!(uri instanceof vscode.Uri) || !Array.isArray(diagnostics)) return [];
  const text = problemLines(diagnostics as vscode.Diagnostic[]).join('\n');
  return text === '' ? [] : [{ kind: 'problems', label: labelOf(uri), text, place: uri }];
}

async function readPlace(uri: vscode.Uri): Promise<ChatPiece> {
  if (await isFolder(uri)) {
    return { kind: 'tree', label: labelOf(uri), text: await folderTree(uri), place: uri };
  }
  if (NOTEBOOK.test(uri.path)) return readNotebook(uri);
  const document = await vscode.workspace.openTextDocument(uri);
  const text = document.getText().slice(0, MAX_REFERENCE_CHARACTERS);
  return { label: labelOf(uri), languageId: document.languageId, text, place: uri };
}

async function readRange(location: vscode.Location): Promise<ChatPiece> {
  const { uri, range } = location;
  const document = await vscode.workspace.openTextDocument(uri);
  const text = document.getText(range).slice(0, MAX_REFERENCE_CHARACTERS);
  const label = `${labelOf(uri)}:${range.start.line + 1}-${range.end.line + 1}`;
  return { label, languageId: document.languageId, text, place: location };
}

/** Reads a notebook as its cells, without outputs: these are pictures and pages of numbers. */
async function readNotebook(uri: vscode.Uri): Promise<ChatPiece> {
  const notebook = await vscode.workspace.openNotebookDocument(uri);
  const cells = notebook.getCells().map(({ document }, index) => {
    return `[Cell ${index + 1}, ${document.languageId}]\n${document.getText()}`;
  });
  const text = cells.join('\n\n').slice(0, MAX_REFERENCE_CHARACTERS);
  return { label: labelOf(uri), text, place: uri };
}
