/** VS Code's cancellation tokens as the platform's abort signals. */
import type * as vscode from 'vscode';

/** A signal that is aborted when `token` is cancelled. */
export function abortSignalOf(token: vscode.CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  else token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}
