/** Pulling models into the store, with progress. */
export { formatPullProgress, type PullPhase, type PullProgress } from './progress.ts';
export { type PullOptions, type PullResult, pullModel } from './pull.ts';
