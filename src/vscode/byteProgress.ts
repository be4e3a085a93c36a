/** Bytes that are done, in a progress notification. */
import type * as vscode from 'vscode';
import { formatByteProgress } from '../base/format.ts';

/** Milliseconds between two reports. */
const REPORT_MS = 100;

/** Reports bytes as `1.2 of 4.1 GB` and as the length of the bar, at most ten times a second. */
export function byteProgress(
  progress: vscode.Progress<{ message?: string; increment?: number }>,
): (doneBytes: number, totalBytes: number) => void {
  let percent = 0;
  let reportedAt = Number.NEGATIVE_INFINITY;
  return (doneBytes, totalBytes) => {
    const now = performance.now();
    if (now - reportedAt < REPORT_MS && doneBytes < totalBytes) return;
    reportedAt = now;
    const reached = totalBytes === 0 ? 0 : (100 * doneBytes) / totalBytes;
    progress.report({
      message: formatByteProgress(doneBytes, totalBytes),
      increment: Math.max(0, reached - percent),
    });
    percent = Math.max(percent, reached);
  };
}
