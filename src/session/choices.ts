/**
 * Stores the models that the user chose, one for each purpose. Each choice is a small file in a folder of the machine,
 * so that all windows see it, and two windows can choose for different purposes at the same time.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ModelError, systemErrorCode } from '../base/error.ts';
import { t } from '../base/l10n.ts';
import { Listeners } from '../base/listeners.ts';
import type { Log } from '../base/log.ts';
import { ChangeWatcher } from '../store/index.ts';

/** The purposes that a model is chosen for. */
export const PURPOSES = ['chat', 'edit', 'completion'] as const;
export type Purpose = (typeof PURPOSES)[number];

/** Ids of models by purpose. */
export type Chosen = Readonly<Partial<Record<Purpose, string>>>;

const choiceSchema = z.object({
  model: z.string().min(1).max(1024),
  /** True if the user turned the purpose off and keeps the choice for later. */
  off: z.boolean().optional(),
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
  readonly #options: ChoicesOptions;
  readonly #watcher: ChangeWatcher;
  readonly #listeners = new Listeners();
  #kept: Readonly<Partial<Record<Purpose, Choice>>> = {};
  #reading: Promise<void> | undefined;

  constructor(options: ChoicesOptions) {
    this.#options = options;
    this.#watcher = new ChangeWatcher(options.folder, options.log);
  }

  /** Returns the choices that are on disk now, without those that were turned off. */
  async read(): Promise<Chosen> {
    const kept = Object.entries(await this.#read());
    return Object.fromEntries(
      kept.filter(([, { off }]) => off !== true).map(([of, { model }]) => [of, model]),
    );
  }

  /** Returns the model of a purpose that was turned off, or undefined. */
  async readOff(purpose: Purpose): Promise<string | undefined> {
    const kept = (await this.#read())[purpose];
    return kept?.off === true ? kept.model : undefined;
  }

  /** Calls `listener` when this window or another one chose. @returns a function that stops it. */
  onDidChange(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Chooses a model for a purpose. @throws ModelError `store-error` if the choice cannot be written. */
  async choose(purpose: Purpose, model: string): Promise<void> {
    await this.#write(purpose, { model });
  }

  /**
   * Turns a purpose off or on again, with the model that was chosen for it. Does nothing if none was.
   * @throws ModelError `store-error` if that cannot be written.
   */
  async turn(purpose: Purpose, isOn: boolean): Promise<void> {
    const kept = (await this.#read())[purpose];
    if (kept !== undefined) await this.#write(purpose, isOn ? { model: kept.model } : { ...kept, off: true });
  }

  async #write(purpose: Purpose, choice: Choice): Promise<void> {
    if (isSame((await this.#read())[purpose], choice)) return;
    const { folder } = this.#options;
    const temporary = join(folder, `${purpose}.${randomUUID()}.tmp`);
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(temporary, `${JSON.stringify(choice)}\n`, { flag: 'wx' });
      await rename(temporary, this.#path(purpose));
    } catch (cause) {
      await rm(temporary, { force: true }).catch(() => {});
      const code = systemErrorCode(cause) ?? String(cause);
      const message = t(
        'The choice of a model cannot be saved in {0} ({1}). Free some space there, or make the folder writable.',
        folder,
        code,
      );
      throw new ModelError('store-error', message, { cause });
    }
    await this.#refresh();
  }

  dispose(): void {
    this.#watcher.dispose();
    this.#listeners.clear();
  }

  #path(purpose: Purpose): string {
    return join(this.#options.folder, `${purpose}.json`);
  }

  async #read(): Promise<Readonly<Partial<Record<Purpose, Choice>>>> {
    this.#reading ??= this.#start();
    await this.#reading;
    return this.#kept;
  }

  async #start(): Promise<void> {
    // Only an existing folder can be watched. A folder that cannot be created has no choices either.
    await mkdir(this.#options.folder, { recursive: true }).catch(() => {});
    this.#watcher.add(() => void this.#refresh());
    this.#kept = await this.#load();
  }

  async #refresh(): Promise<void> {
    const before = this.#kept;
    this.#kept = await this.#load();
    if (PURPOSES.every((purpose) => isSame(this.#kept[purpose], before[purpose]))) return;
    this.#listeners.fire();
  }

  async #load(): Promise<Partial<Record<Purpose, Choice>>> {
    const found = await Promise.all(
      PURPOSES.map(async (purpose) => [purpose, await this.#one(purpose)] as const),
    );
    const kept: Partial<Record<Purpose, Choice>> = Object.fromEntries(
      found.filter(([, choice]) => choice !== undefined),
    );
    const { inherited } = this.#options;
    return kept.chat === undefined && inherited !== undefined
      ? { ...kept, chat: { model: inherited } }
      : kept;
  }

  /** Reads one choice. A damaged file counts as none, and the next choice replaces it. */
  async #one(purpose: Purpose): Promise<Choice | undefined> {
    const path = this.#path(purpose);
    try {
      return choiceSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT')
        this.#options.log.warn(`The choice in ${path} cannot be read: ${String(error)}`);
      return undefined;
    }
  }
}

function isSame(one: Choice | undefined, other: Choice | undefined): boolean {
  return one?.model === other?.model && (one?.off ?? false) === (other?.off ?? false);
}
