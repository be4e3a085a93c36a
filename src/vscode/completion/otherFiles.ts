/**
 * Reads other files of the workspace for completions. Files outside of it, those that Git ignores and those that look like
 * secrets are left out: what stands in them would come up again in other files.
 */
import { posix } from 'node:path';
import * as vscode from 'vscode';
import {
  declarationAt,
  type Edit,
  looksSecret,
  mostSimilarPart,
  type NamePlace,
} from '../../assist/index.ts';
import { within } from '../../base/wait.ts';
import type { ContextFile } from '../../inference/index.ts';
import { ignoredByGit } from '../chat/gather/gitChanges.ts';

/** Largest file that is read, in bytes. */
const MAX_BYTES = 256 * 1024;
/** Files of a folder that are compared. */
const MAX_FILES = 24;
/** Least share of names that a similar part has in common with the text around the cursor. */
const LEAST_LIKENESS = 0.12;
/** Milliseconds that a language has to answer. */
const PATIENCE_MS = 3_000;

type Found = vscode.Location | vscode.LocationLink;

interface Place {
  readonly uri: vscode.Uri;
  readonly line: number;
}

/** Returns the definitions of names in other files, those of one file together. */
export async function definitionsOf(
  { uri }: vscode.TextDocument,
  names: readonly NamePlace[],
): Promise<ContextFile[]> {
  const found = await Promise.all(names.map((name) => definitionOf(uri, name)));
  const own = uri.toString();
  const places = found.flatMap((place) =>
    place === undefined || place.uri.toString() === own ? [] : [place],
  );
  const readable = await readableFiles(places.map((place) => place.uri));
  const files = new Map(places.map((place) => [place.uri.toString(), place.uri]));
  const texts = [...files].map(async ([key, file]): Promise<ContextFile[]> => {
    const text = readable.has(key) ? await readText(file) : undefined;
    if (text === undefined) return [];
    const lines = text.split(/\r?\n/);
    const here = places.filter((place) => place.uri.toString() === key).map(({ line }) => line);
    const starts = [...new Set(here)].sort((one, other) => one - other);
    const declarations = starts.map((line) => declarationAt(lines, line)).filter((one) => one !== '');
    return declarations.length === 0 ? [] : [{ path: relative(file), text: declarations.join('\n\n') }];
  });
  return (await Promise.all(texts)).flat();
}

/** Returns the part of the folder's most similar file of the same kind, or undefined if none is similar. */
export async function similarFile(
  { uri }: vscode.TextDocument,
  near: string,
): Promise<ContextFile | undefined> {
  const folder = vscode.Uri.joinPath(uri, '..');
  const extension = posix.extname(uri.path);
  const entries = await vscode.workspace.fs.readDirectory(folder);
  const siblings = entries
    .filter(([name, type]) => type === vscode.FileType.File && posix.extname(name) === extension)
    .map(([name]) => vscode.Uri.joinPath(folder, name))
    .filter((sibling) => sibling.path !== uri.path)
    .slice(0, MAX_FILES);
  const readable = await readableFiles(siblings);
  const parts = siblings
    .filter((sibling) => readable.has(sibling.toString()))
    .map(async (sibling) => {
      const part = mostSimilarPart((await readText(sibling)) ?? '', near);
      return { path: relative(sibling), ...part };
    });
  const [best] = (await Promise.all(parts)).sort((one, other) => other.likeness - one.likeness);
  return best === undefined || best.likeness < LEAST_LIKENESS
    ? undefined
    : { path: best.path, text: best.text };
}

async function definitionOf(uri: vscode.Uri, { line, character }: NamePlace): Promise<Place | undefined> {
  const asked = vscode.commands.executeCommand<Found[] | undefined>(
    'vscode.executeDefinitionProvider',
    uri,
    new vscode.Position(line, character),
  );
  const [found] = (await within(asked, PATIENCE_MS)) ?? [];
  if (found === undefined) return undefined;
  if ('targetUri' in found) return { uri: found.targetUri, line: found.targetRange.start.line };
  return { uri: found.uri, line: found.range.start.line };
}

/** Returns which files may be read, by their addresses. */
export async function readableFiles(uris: readonly vscode.Uri[]): Promise<ReadonlySet<string>> {
  const own = uris.filter(
    (uri) =>
      uri.scheme === 'file' &&
      !looksSecret(uri.path) &&
      vscode.workspace.getWorkspaceFolder(uri) !== undefined,
  );
  const ignored = await ignoredByGit(own);
  return new Set(own.filter(({ fsPath }) => !ignored.has(fsPath)).map((uri) => uri.toString()));
}

/** Returns the edits of documents that may be read. @param own the document that all this is about, which may be. */
export async function readableEdits(edits: readonly Edit[], own?: string): Promise<Edit[]> {
  const readable = await readableFiles(edits.map(({ document }) => vscode.Uri.parse(document)));
  return edits.filter(({ document }) => document === own || readable.has(document));
}

async function readText(uri: vscode.Uri): Promise<string | undefined> {
  const { size } = await vscode.workspace.fs.stat(uri);
  if (size > MAX_BYTES) return undefined;
  return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
}

function relative(uri: vscode.Uri): string {
  return vscode.workspace.asRelativePath(uri, false);
}
