/** Bounds of one answer while it arrives, and the wait for its end. */
import { t } from '../../../base/l10n.ts';
import { deferred } from '../../../base/wait.ts';
import { HostFlaw } from '../caller.ts';

/**
 * Time that a canceled answer waits for the host, in milliseconds. A batch that is being evaluated cannot be stopped;
 * after this time the caller gets the text so far, and only the next answer waits for the batch.
 */
const CANCEL_GRACE_MS = 40;
/** Tokens beyond the limit that a host may count, for marks around an answer. */
const SPARE_TOKENS = 64;
/** Most characters of one token; vocabularies have tokens that are runs of spaces. */
const CHARACTERS_PER_TOKEN = 512;
/** Notes of one answer, each of which is shown; a sound host has a handful. */
const MAX_NOTES = 100;

/** Counts what a host sends. */
export class AnswerLimits {
  #maxTokens = Number.POSITIVE_INFINITY;
  #tokens = 0;
  /** Includes the characters that came after the end. */
  #characters = 0;
  #notes = 0;

  /** Tokens of the answer so far. */
  get tokens(): number {
    return this.#tokens;
  }

  /** Sets the limit of the answer. A sound host keeps to it. */
  limit(maxTokens: number): void {
    this.#maxTokens = maxTokens + SPARE_TOKENS;
  }

  /** Counts a piece. @throws HostFlaw if the host exceeds the limits of the request. */
  add(tokens: number, characters: number): void {
    this.#tokens += tokens;
    this.#characters += characters;
    const maxCharacters = this.#maxTokens * CHARACTERS_PER_TOKEN;
    if (this.#tokens <= this.#maxTokens && this.#characters <= maxCharacters) return;
    throw new HostFlaw(t('it answered with more than it was asked for'));
  }

  /** Counts a note. @throws HostFlaw if there are more than anybody would read. */
  addNote(): void {
    if (++this.#notes > MAX_NOTES) throw new HostFlaw(t('it answered with more than it was asked for'));
  }
}

/**
 * Returns the result of `run`, or `cancelled` shortly after the signal is aborted, whichever comes first.
 * @param isSent tells if the host has the request, so that it may end it by itself.
 */
export async function orCancelled<T>(
  run: Promise<T>,
  signal: AbortSignal | undefined,
  isSent: () => boolean,
): Promise<T | 'cancelled'> {
  if (signal === undefined) return run;
  const cancelled = deferred<'cancelled'>();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    timer = setTimeout(() => cancelled.resolve('cancelled'), isSent() ? CANCEL_GRACE_MS : 0);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([run, cancelled.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}
