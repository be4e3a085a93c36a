/** Changes that are not committed, through the API of VS Code's own Git extension. */
import * as vscode from 'vscode';
import type { ChatPiece } from './chatPiece.ts';

/** The parts of the Git extension's API, version 1, that are used. */
interface GitExtension {
  readonly enabled: boolean;
  getAPI(version: 1): {
    /** `uninitialized` while it still looks for repositories. */
    readonly state?: 'uninitialized' | 'initialized';
    readonly repositories: readonly GitRepository[];
    getRepository(uri: vscode.Uri): GitRepository | null;
  };
}

/** A repository of the Git extension. */
export interface GitRepository {
  readonly rootUri: vscode.Uri;
  readonly inputBox: { value: string };
  /** @param cached true for what is staged. */
  diff(cached?: boolean): Promise<string>;
  /** Returns which of some absolute paths are ignored. Missing in older versions of the extension. */
  checkIgnore?(paths: string[]): Promise<Set<string>>;
}

/** Longest difference that is read, in characters; the context budget decides how much of it is sent. */
const MAX_DIFF_CHARACTERS = 400_000;

/** Returns which of some files Git ignores; all, if Git is off, still looks for repositories or does not tell. */
export async function ignoredByGit(uris: readonly vscode.Uri[]): Promise<ReadonlySet<string>> {
  const api = await gitApi();
  if (api === undefined || api.state === 'uninitialized') return new Set(uris.map(({ fsPath }) => fsPath));
  const paths = new Map<GitRepository, string[]>();
  for (const uri of uris) {
    const repository = api.getRepository(uri);
    if (repository) paths.set(repository, [...(paths.get(repository) ?? []), uri.fsPath]);
  }
  const ignored = [...paths].map(async ([repository, files]) => {
    const found = await repository.checkIgnore?.(files).catch(() => undefined);
    return found === undefined ? files : files.filter((file) => found.has(file));
  });
  return new Set((await Promise.all(ignored)).flat());
}

async function gitApi(): Promise<ReturnType<GitExtension['getAPI']> | undefined> {
  const extension = vscode.extensions.getExtension<GitExtension>('vscode.git');
  if (extension === undefined) return undefined;
  const git = extension.isActive ? extension.exports : await extension.activate();
  return git.enabled ? git.getAPI(1) : undefined;
}

/**
 * Returns a repository: the one with `root`, else that of the active editor, else the only one. Returns undefined if
 * there is none, or the user turned Git off.
 */
export async function gitRepository(root?: vscode.Uri): Promise<GitRepository | undefined> {
  const api = await gitApi();
  if (api === undefined) return undefined;
  if (root !== undefined) {
    const wanted = root.toString();
    return api.repositories.find(({ rootUri }) => rootUri.toString() === wanted);
  }
  const uri = vscode.window.activeTextEditor?.document.uri;
  const here = uri === undefined ? null : api.getRepository(uri);
  return here ?? (api.repositories.length === 1 ? api.repositories[0] : undefined);
}

/** Returns what is staged, or else all changes of tracked files. Returns undefined if there are none. */
export async function changesOf(repository: GitRepository): Promise<ChatPiece | undefined> {
  const staged = await repository.diff(true);
  const text = (staged.trim() === '' ? await repository.diff(false) : staged).slice(0, MAX_DIFF_CHARACTERS);
  if (text.trim() === '') return undefined;
  const label = repository.rootUri.path.split('/').at(-1) ?? '';
  return { kind: 'changes', label, languageId: 'diff', text, place: repository.rootUri };
}
