/** The ids of the models on this machine, read once for all rows of the view instead of once for each. */
import type { Session } from '../../../session/index.ts';

/** The part of the session that is needed. */
export type ListedModels = Pick<Session, 'list' | 'onDidChangeModels'>;

export class LocalIds {
  readonly #models: ListedModels;
  #ids: Promise<ReadonlySet<string>> | undefined;

  constructor(models: ListedModels) {
    this.#models = models;
  }

  /** Returns false for every model while the store cannot be read, which the Local Models view tells. */
  async has(id: string): Promise<boolean> {
    this.#ids ??= this.#read();
    return (await this.#ids).has(id);
  }

  /** Has the models read again the next time. */
  forget(): void {
    this.#ids = undefined;
  }

  async #read(): Promise<ReadonlySet<string>> {
    const models = await this.#models.list().catch(() => []);
    return new Set(models.map(({ id }) => id));
  }
}
