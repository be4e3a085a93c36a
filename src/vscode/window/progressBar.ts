/** Shows progress in a notification. */
import type * as vscode from 'vscode';
import { formatByteProgress } from '../../base/format.ts';

/** The object that VS Code passes to the task of a progress notification. */
export type Progress = vscode.Progress<{ message?: string; increment?: number }>;

/** Time between two reports, in milliseconds. */
const REPORT_MS = 100;

/** Shows a fraction, 0 to 1, as the length of the bar. VS Code only accepts increments. */
export function barProgress(progress: Progress): (fraction: number, message?: string) => void {
  let percent = 0;
  return (fraction, message) => {
    const reached = 100 * fraction;
    const increment = Math.max(0, reached - percent);
    progress.report(message === undefined ? { increment } : { message, increment });
    percent = Math.max(percent, reached);
  };
}

/** Returns the fraction of bytes that are done. */
export function fractionOf(doneBytes: number, totalBytes: number): number {
  return totalBytes === 0 ? 0 : doneBytes / totalBytes;
}

/** Reports bytes as `1.2 of 4.1 GB` and as the length of the bar, at most ten times a second. */
export function byteProgress(progress: Progress): (doneBytes: number, totalBytes: number) => void {
  const show = barProgress(progress);
  let reportedAt = Number.NEGATIVE_INFINITY;
  return (doneBytes, totalBytes) => {
    const now = performance.now();
    if (now - reportedAt < REPORT_MS && doneBytes < totalBytes) return;
    reportedAt = now;
    show(fractionOf(doneBytes, totalBytes), formatByteProgress(doneBytes, totalBytes));
  };
}
