/**
 * The results of checks for newer versions of pulled models, for all windows. A result belongs to the content that was
 * pulled when the check was made, so it lapses by itself when the model is updated.
 */
import * as z from 'zod';
import { isModelError } from '../base/error.ts';
import { t } from '../base/l10n.ts';
import type { Log } from '../base/log.ts';
import type { Reference } from '../oci/spec/reference.ts';
import { recordName, SharedRecords } from './sharedRecords.ts';

/** Milliseconds between two checks of a model that nobody asked for. */
const DAY_MS = 24 * 60 * 60 * 1000;

const text = z.string().min(1).max(1024);
const checkSchema = z.object({
  id: text,
  /** Digest of the manifest that was pulled. */
  pulled: text,
  /** The result of the latest check that reached the registry. */
  found: z
    .object({
      /** Digest that the tag had. */
      seen: text,
      missingBytes: z.number().nonnegative().optional(),
      /** Milliseconds since 1970. */
      checkedAt: z.number().nonnegative(),
    })
    .optional(),
  /** Time of the latest check, successful or not; milliseconds since 1970. */
  triedAt: z.number().nonnegative(),
});
type Check = z.infer<typeof checkSchema>;

/** A stored model, as far as checks need it. */
export interface CheckedModel {
  readonly id: string;
  readonly reference: Reference;
  readonly manifestDigest: string;
}

/** The state of a model against its registry. */
export interface UpdateState {
  /** Bytes that an update would download. Undefined if the model was current. */
  readonly missingBytes: number | undefined;
  /** Milliseconds since 1970. */
  readonly checkedAt: number;
}

/** Looks up a tag in its registry. @param current a digest of the tag that is known to be the pulled content. */
export type LookUp<Model> = (
  model: Model,
  options: { readonly current: string | undefined; readonly signal: AbortSignal | undefined },
) => Promise<{
  readonly seen: string;
  readonly missingBytes: number | undefined;
  /** The content behind the bytes. */
  readonly missing?: readonly { readonly digest: string; readonly size: number }[] | undefined;
}>;

/** Options of {@link KnownUpdates.check}. */
export interface CheckOptions<Model> {
  readonly lookUp: LookUp<Model>;
  /** True to leave out models that were checked within a day. Defaults to false. */
  readonly onlyDue?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** An update that a check found. */
export interface FoundUpdate<Model> {
  readonly model: Model;
  /** Bytes of it that no update before it in the report downloads, so that their sum counts all content once. */
  readonly addedBytes: number;
}

/** The outcome of a check of several models. */
export interface CheckReport<Model> {
  readonly updates: readonly FoundUpdate<Model>[];
  readonly failures: readonly { readonly model: Model; readonly error: unknown }[];
  /** Number of models that were asked for. */
  readonly checked: number;
}

/** Tells whether a model is named by its digest, so that it never changes and is not checked. */
export function isPinned({ reference }: Pick<CheckedModel, 'reference'>): boolean {
  return reference.digest !== undefined;
}

/** The known updates of all models of this machine. */
export class KnownUpdates {
  readonly #records: SharedRecords<Check>;
  readonly #now: () => number;
  readonly #log: Log;

  /** @param folder created if it is missing. @param now milliseconds since 1970. */
  constructor(folder: string, log: Log, now: () => number = Date.now) {
    const cannotSave = (at: string, code: string) =>
      t('The result of a check for updates cannot be saved in {0} ({1}). Free some space there.', at, code);
    this.#records = new SharedRecords({ folder, schema: checkSchema, cannotSave, log });
    this.#now = now;
    this.#log = log;
  }

  /** Returns the result of the latest check that reached the registry, or undefined if there is none. */
  async of(model: CheckedModel): Promise<UpdateState | undefined> {
    const found = (await this.#latest(model))?.found;
    return found && { missingBytes: found.missingBytes, checkedAt: found.checkedAt };
  }

  /**
   * Looks up the tags of models, one after another, and keeps the results. Pinned models are left out. One that cannot
   * be looked up is among the failures, and keeps its earlier result.
   * @throws ModelError `cancelled`, and `store-error` if a result cannot be saved.
   */
  async check<Model extends CheckedModel>(
    models: readonly Model[],
    { lookUp, onlyDue = false, signal }: CheckOptions<Model>,
  ): Promise<CheckReport<Model>> {
    const updates: FoundUpdate<Model>[] = [];
    const counted = new Set<string>();
    const failures: { model: Model; error: unknown }[] = [];
    let checked = 0;
    for (const model of models) {
      const before = await this.#latest(model);
      if (isPinned(model) || (onlyDue && before !== undefined && !this.#isDue(before))) continue;
      checked++;
      try {
        const current = before?.found?.missingBytes === undefined ? before?.found?.seen : undefined;
        const { seen, missingBytes, missing } = await lookUp(model, { current, signal });
        await this.#keep(model, { seen, missingBytes, checkedAt: this.#now() });
        if (missingBytes === undefined) continue;
        const added = missing?.filter(({ digest }) => !counted.has(digest));
        for (const { digest } of added ?? []) counted.add(digest);
        updates.push({ model, addedBytes: added?.reduce((sum, { size }) => sum + size, 0) ?? missingBytes });
      } catch (error) {
        if (isModelError(error, 'cancelled') || isModelError(error, 'store-error')) throw error;
        this.#log.warn(`${model.id} could not be checked for updates: ${String(error)}`);
        failures.push({ model, error });
        // Asked again in a day, not by every look of every window.
        await this.#keep(model, before?.found);
      }
    }
    return { updates, failures, checked };
  }

  /** Forgets models that are not on this machine any more. @throws ModelError `store-error`. */
  async prune(models: readonly CheckedModel[]): Promise<void> {
    const names = new Set(models.map(({ id }) => recordName(id)));
    for (const name of (await this.#records.read()).keys())
      if (!names.has(name)) await this.#records.write(name, undefined);
  }

  /** Calls `listener` when a result changed, in any window. @returns a function that stops it. */
  onDidChange(listener: () => void): () => void {
    return this.#records.onDidChange(listener);
  }

  dispose(): void {
    this.#records.dispose();
  }

  async #latest({ id, manifestDigest }: CheckedModel): Promise<Check | undefined> {
    const found = (await this.#records.read()).get(recordName(id));
    return found?.pulled === manifestDigest ? found : undefined;
  }

  /** A time far in the future comes from a wrong clock. */
  #isDue({ triedAt }: Check): boolean {
    return Math.abs(this.#now() - triedAt) >= DAY_MS;
  }

  async #keep({ id, manifestDigest }: CheckedModel, found: Check['found']): Promise<void> {
    const check = { id, pulled: manifestDigest, found, triedAt: this.#now() };
    await this.#records.write(recordName(id), check);
  }
}
