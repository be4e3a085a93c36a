/** Remembers which pulls wait, so that a window that is closed or loaded anew does not forget them in silence. */
import { t } from '../base/l10n.ts';
import type { Log } from '../base/log.ts';
import { formatReference, parseReference, type Reference } from '../oci/index.ts';
import type { PullQueue } from './pullQueue.ts';
import type { Pulls } from './pulls.ts';
import { offer } from './window/buttons.ts';
import { describeForLog } from './window/errors.ts';
import { showInfo } from './window/notify.ts';
import type { Memory } from './window/recentTexts.ts';

const KEY = 'pulls.waiting';

/** Everything that is needed to remember. */
export interface WaitingServices {
  readonly queue: Pick<PullQueue, 'waiting' | 'onDidChange'>;
  readonly pulls: Pick<Pulls, 'pullEach'>;
  /** The memory of this window's workspace. */
  readonly memory: Memory;
  readonly log: Log;
}

/** Offers the pulls that waited when the window was closed, and remembers those of now. @returns a function that stops. */
export function rememberWaiting({ queue, pulls, memory, log }: WaitingServices): () => void {
  const left = read(memory.get(KEY));
  /** Names that were offered without an answer yet, so that a window that is closed again offers them again. */
  let unanswered = left.map((reference) => formatReference(reference));
  const remember = (): void => {
    const waiting = queue.waiting.map((reference) => formatReference(reference));
    const names = [...new Set([...unanswered, ...waiting])];
    memory.update(KEY, names).then(undefined, (error: unknown) => log.warn(describeForLog(error)));
  };
  if (left.length > 0) {
    const message = t('Downloads were still waiting when the window was closed: {0}.', unanswered.join(', '));
    const answered = (): void => {
      unanswered = [];
      remember();
    };
    offer(showInfo, message, {
      title: t('Download'),
      run: async () => void pulls.pullEach(left),
    }).then(answered, (error: unknown) => log.warn(describeForLog(error)));
  }
  return queue.onDidChange(remember);
}

/** Reads what another version may have written. */
function read(kept: unknown): Reference[] {
  if (!Array.isArray(kept)) return [];
  return kept.flatMap((name) => {
    try {
      return typeof name === 'string' ? [parseReference(name)] : [];
    } catch {
      return [];
    }
  });
}
