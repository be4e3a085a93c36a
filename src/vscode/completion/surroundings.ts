/**
 * Texts of other places that help to complete code: definitions of names near the cursor as the language tells them, else
 * the most similar file of the folder, and what the user changed last elsewhere. They are collected ahead, because no
 * language server answers between two keys, and stay as they are for many keys, because the engine evaluates a prompt
 * again from the first text that differs.
 */
import * as vscode from 'vscode';
import { diffText, type EditHistory, inStableOrder, namesNear } from '../../assist/index.ts';
import type { Log } from '../../base/log.ts';
import { deferred, within } from '../../base/wait.ts';
import type { ContextFile, Surroundings } from '../../inference/index.ts';
import { definitionsOf, readableEdits, similarFile } from './otherFiles.ts';

/** Milliseconds that a request waits for texts that are being collected. */
const PATIENCE_MS = 20;
/** Texts are collected again after this time, or when the cursor is that many lines away, in milliseconds and lines. */
const STAYS_MS = 30_000;
const STAYS_LINES = 40;
const MAX_DOCUMENTS = 16;
/** Edits elsewhere that are told. */
const EDITS = 3;
/** Lines around the cursor that similar ones are looked for. */
const LINES_AROUND = 20;

interface Collected {
  readonly line: number;
  readonly at: number;
  files: readonly ContextFile[];
  readonly isDone: Promise<void>;
}

/** Collects for one window. */
export class SurroundingsCollector {
  readonly #history: EditHistory;
  readonly #log: Log;
  readonly #collected = new Map<string, Collected>();

  constructor(history: EditHistory, log: Log) {
    this.#history = history;
    this.#log = log;
  }

  /** Returns what is known around a place, and collects what is not. */
  async around(document: vscode.TextDocument, { line }: vscode.Position): Promise<Surroundings | undefined> {
    const folder = vscode.workspace.getWorkspaceFolder(document.uri);
    if (folder === undefined) return undefined;
    const key = document.uri.toString();
    let collected = this.#collected.get(key);
    const isStale =
      collected === undefined ||
      Date.now() - collected.at > STAYS_MS ||
      Math.abs(line - collected.line) > STAYS_LINES;
    if (isStale) collected = this.#collect(document, line, collected?.files ?? []);
    if (collected === undefined) return undefined;
    // The texts from before are as good for the moment, and already evaluated.
    if (collected.files.length === 0) await within(collected.isDone, PATIENCE_MS);
    const { files } = collected;
    return files.length === 0
      ? undefined
      : { repository: folder.name, path: vscode.workspace.asRelativePath(document.uri, false), files };
  }

  #collect(document: vscode.TextDocument, line: number, before: readonly ContextFile[]): Collected {
    const done = deferred<void>();
    const collected: Collected = { line, at: Date.now(), files: before, isDone: done.promise };
    const key = document.uri.toString();
    this.#collected.delete(key);
    this.#collected.set(key, collected);
    const [oldest] = this.#collected.keys();
    if (this.#collected.size > MAX_DOCUMENTS && oldest !== undefined) this.#collected.delete(oldest);
    void this.#read(document, line)
      .then((files) => {
        collected.files = inStableOrder(before, files);
      })
      // Completions come without.
      .catch((error: unknown) => {
        this.#log.debug(`Nothing was collected around ${key}: ${String(error)}`);
      })
      .finally(() => done.resolve());
    return collected;
  }

  async #read(document: vscode.TextDocument, line: number): Promise<readonly ContextFile[]> {
    const lines = document.getText().split(/\r?\n/);
    const names = namesNear(lines, line, lines[line]?.length ?? 0);
    const definitions = await definitionsOf(document, names);
    const near = lines.slice(Math.max(0, line - LINES_AROUND), line + LINES_AROUND).join('\n');
    const similar = definitions.length > 0 ? undefined : await similarFile(document, near);
    const edits = await this.#editsElsewhere(document);
    return [...definitions, ...(similar === undefined ? [] : [similar]), ...edits];
  }

  /** Edits of the document itself are in the text around the cursor, or change at every key. */
  async #editsElsewhere(document: vscode.TextDocument): Promise<ContextFile[]> {
    const elsewhere = this.#history.all.filter((edit) => edit.document !== document.uri.toString());
    const edits = (await readableEdits(elsewhere)).slice(-EDITS);
    if (edits.length === 0) return [];
    const path = (uri: string): string => vscode.workspace.asRelativePath(vscode.Uri.parse(uri), false);
    const texts = edits.map((edit) => diffText(edit, path(edit.document)));
    return [{ path: 'recent_changes.diff', text: texts.join('\n') }];
  }
}
