/**
 * The speed and the last use of models on this machine. They belong to the content that answered, the digest of its
 * manifest, so a tag that was pulled again begins anew, and two names of one model share them.
 */
import * as z from 'zod';
import { t } from '../base/l10n.ts';
import type { Log } from '../base/log.ts';
import { recordName, SharedRecords } from './sharedRecords.ts';

/** Answers whose speed is kept; the machine may have been busy in some. */
const KEPT_SPEEDS = 5;

const useSchema = z.object({
  digest: z.string().min(1).max(256),
  /** Tokens a second of the latest answers, the newest last. */
  speeds: z.array(z.number().positive().max(1e6)).max(KEPT_SPEEDS),
  /** Milliseconds since 1970. */
  usedAt: z.number().nonnegative(),
});

/** The use of one model. */
export interface ModelUse {
  /** Tokens a second, the median of the latest answers. Undefined if none was long enough to tell. */
  readonly tokensPerSecond: number | undefined;
  /** Milliseconds since 1970. */
  readonly usedAt: number;
}

/** The uses of all models of this machine, for all windows. */
export class MeasuredUse {
  readonly #records: SharedRecords<z.infer<typeof useSchema>>;
  readonly #now: () => number;

  /** @param folder created if it is missing. @param now milliseconds since 1970. */
  constructor(folder: string, log: Log, now: () => number = Date.now) {
    const cannotSave = (at: string, code: string) =>
      t('The speed of a model cannot be saved in {0} ({1}). Free some space there.', at, code);
    this.#records = new SharedRecords({ folder, schema: useSchema, cannotSave, log });
    this.#now = now;
  }

  /** Returns the use of a model by the digest of its manifest, or undefined if it never answered. */
  async of(digest: string): Promise<ModelUse | undefined> {
    const found = (await this.#records.read()).get(recordName(digest));
    return found && { tokensPerSecond: median(found.speeds), usedAt: found.usedAt };
  }

  /**
   * Keeps the speed of an answer. @param speed in tokens a second; undefined if the answer was too short to tell.
   * @throws ModelError `store-error`.
   */
  async note(digest: string, speed: number | undefined): Promise<void> {
    const name = recordName(digest);
    const before = (await this.#records.read()).get(name)?.speeds ?? [];
    const speeds = [...before, ...(speed === undefined ? [] : [speed])].slice(-KEPT_SPEEDS);
    await this.#records.write(name, { digest, speeds, usedAt: this.#now() });
  }

  /** Calls `listener` when a model was used, in any window. @returns a function that stops it. */
  onDidChange(listener: () => void): () => void {
    return this.#records.onDidChange(listener);
  }

  dispose(): void {
    this.#records.dispose();
  }
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
