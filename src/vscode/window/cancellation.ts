/** Converts VS Code's cancellation tokens to abort signals. */
import type * as vscode from 'vscode';

/** Returns a signal that is aborted when `token` is canceled. */
export function abortSignalOf(token: vscode.CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
