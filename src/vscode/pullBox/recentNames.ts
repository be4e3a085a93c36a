/** Remembers the names that were asked for, the newest first. */

/** Storage of the names; VS Code's `Memento`. */
export interface NameMemory {
  get(key: string): unknown;
  update(key: string, value: unknown): Thenable<void>;
}

const KEY = 'pull.names';
const MAX_NAMES = 10;

/** The names that this user asked for, in all windows. */
export class RecentNames {
  readonly #memory: NameMemory;

  constructor(memory: NameMemory) {
    this.#memory = memory;
  }

  /** The names as {@link add} got them, each once. */
  get all(): readonly string[] {
    const kept = this.#memory.get(KEY);
    return Array.isArray(kept) ? kept.filter((one) => typeof one === 'string').slice(0, MAX_NAMES) : [];
  }

  /** Puts a name first. */
  async add(name: string): Promise<void> {
    const others = this.all.filter((one) => one !== name);
    await this.#memory.update(KEY, [name, ...others].slice(0, MAX_NAMES));
  }
}
