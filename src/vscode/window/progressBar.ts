/** How far something is, in a progress notification. */
import type * as vscode from 'vscode';
import { formatByteProgress } from '../../base/format.ts';

/** What VS Code gives to the task of a progress notification. */
export type Progress = vscode.Progress<{ message?: string; increment?: number }>;

/** Milliseconds between two reports. */
const REPORT_MS = 100;

/** Shows how much is done, of 1, as the length of the bar, which VS Code only takes as what it grows by. */
export function barProgress(progress: Progress): (fraction: number, message?: string) => void {
  let percent = 0;
  return (fraction, message) => {
    const reached = 100 * fraction;
    const increment = Math.max(0, reached - percent);
    progress.report(message === undefined ? { increment } : { message, increment });
    percent = Math.max(percent, reached);
  };
}

/** Bytes that are done as a part of all of them. */
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
