/** Pulls models into the store, with progress. */
export {
  type BlobMover,
  DEFAULT_LIMITS,
  type LineLimits,
  LocalMover,
  type MoveProgress,
  type MoveRequest,
} from './mover.ts';
export { formatPullProgress, type PullPhase, type PullProgress } from './progress.ts';
export { type LocalContent, type PullOptions, type PullResult, pullModel } from './pull.ts';
export { HashThread } from './worker/hashThread.ts';
export type { NetworkSnapshot } from './worker/protocol.ts';
export { WorkerMover, type WorkerMoverOptions } from './worker/workerMover.ts';
