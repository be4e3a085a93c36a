/** Stores the models that the user chose, one for each purpose, for all windows of the machine. */
import * as z from 'zod';
import { t } from '../base/l10n.ts';
import type { Log } from '../base/log.ts';
import { SharedRecords } from './sharedRecords.ts';

/** The purposes that a model is chosen for. */
export const PURPOSES = ['chat', 'edit', 'completion'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** Ids of models by purpose. */
export type Chosen = Readonly<Partial<Record<Purpose, string>>>;

const choiceSchema = z.object({
  model: z.string().min(1).max(1024),
  /** True if the user turned the purpose off and keeps the choice for later. */
  off: z.literal(true).optional(),
});
type Choice = z.infer<typeof choiceSchema>;

/** Options of {@link Choices}. */
export interface ChoicesOptions {
  /** Created if it is missing. */
  readonly folder: string;
  /** The id that an earlier version stored elsewhere, for chat. Applies until something is chosen here. */
  readonly inherited?: string | undefined;
  readonly log: Log;
}

/** The choices of this machine. */
export class Choices {
  readonly #inherited: string | undefined;
  readonly #records: SharedRecords<Choice>;

  constructor({ folder, inherited, log }: ChoicesOptions) {
    this.#inherited = inherited;
    const cannotSave = (at: string, code: string) =>
      t(
        'The choice of a model cannot be saved in {0} ({1}). Free some space there, or make the folder writable.',
        at,
        code,
      );
    this.#records = new SharedRecords({ folder, schema: choiceSchema, cannotSave, log });
  }

  /** Returns the choices that are on disk now, without those that were turned off. */
  async read(): Promise<Chosen> {
    const chosen: Partial<Record<Purpose, string>> = {};
    for (const purpose of PURPOSES) {
      const choice = await this.#choice(purpose);
      if (choice !== undefined && choice.off !== true) chosen[purpose] = choice.model;
    }
    return chosen;
  }

  /** Returns the model of a purpose that was turned off, or undefined. */
  async readOff(purpose: Purpose): Promise<string | undefined> {
    const choice = await this.#choice(purpose);
    return choice?.off === true ? choice.model : undefined;
  }

  /** Calls `listener` when this window or another one chose. @returns a function that stops it. */
  onDidChange(listener: () => void): () => void {
    return this.#records.onDidChange(listener);
  }

  /** Chooses a model for a purpose. @throws ModelError `store-error` if the choice cannot be written. */
  async choose(purpose: Purpose, model: string): Promise<void> {
    await this.#records.write(purpose, { model });
  }

  /**
   * Turns a purpose off or on again, with the model that was chosen for it. Does nothing if none was.
   * @throws ModelError `store-error` if that cannot be written.
   */
  async turn(purpose: Purpose, isOn: boolean): Promise<void> {
    const choice = await this.#choice(purpose);
    if (choice === undefined) return;
    await this.#records.write(purpose, isOn ? { model: choice.model } : { model: choice.model, off: true });
  }

  dispose(): void {
    this.#records.dispose();
  }

  async #choice(purpose: Purpose): Promise<Choice | undefined> {
    const found = (await this.#records.read()).get(purpose);
    if (found !== undefined || purpose !== 'chat' || this.#inherited === undefined) return found;
    return { model: this.#inherited };
  }
}
