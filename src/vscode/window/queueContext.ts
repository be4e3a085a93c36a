/** The context key with the number of pulls that wait, for commands about them. */
import * as vscode from 'vscode';
import { WAITING_PULLS } from '../commands/when.ts';
import type { PullQueue } from '../pullQueue.ts';

/** Keeps the key true to the queue. @returns a function that stops it. */
export function followQueue(queue: Pick<PullQueue, 'waiting' | 'onDidChange'>): () => void {
  return queue.onDidChange(
    () => void vscode.commands.executeCommand('setContext', WAITING_PULLS, queue.waiting.length),
  );
}
