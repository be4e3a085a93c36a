/** A process that runs a model, as an engine sees it: one of its own, or one that it shares with other windows. */
import type { ModelError } from '../../../base/error.ts';
import type { Call } from '../call.ts';
import type { SentCall } from '../caller.ts';

export interface Host {
  /** Resolves when the host is running. @throws ModelError `engine-unavailable`, `engine-crashed`, `cancelled`. */
  readonly ready: Promise<void>;
  /** The process id, or undefined if it is not known. */
  readonly pid: number | undefined;
  /** Called once if the process ends without being asked to, before its requests fail. */
  onCrash: (error: ModelError) => void;
  /**
   * Sends a request. `done` throws the host's error, `engine-crashed` or `cancelled`.
   * @param onEvent receives the events of this request, in order.
   */
  call<Params, Event, Result>(
    call: Call<Params, Event, Result>,
    params: Params,
    onEvent?: (event: Event) => void,
  ): SentCall<Result>;
  /** Leaves the process, which ends unless others use it. Requests under way fail with `cancelled`. */
  stop(): Promise<void>;
}
