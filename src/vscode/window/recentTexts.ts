/** Texts that this user typed or chose before, the newest first, in all windows. */

/** Where such things are kept; VS Code's `Memento`. */
export interface Memory {
  get(key: string): unknown;
  update(key: string, value: unknown): Thenable<void>;
}

/** The texts under one key. */
export class RecentTexts {
  readonly #memory: Memory;
  readonly #key: string;
  readonly #most: number;

  /** @param most number of texts that are kept. */
  constructor(memory: Memory, key: string, most: number) {
    this.#memory = memory;
    this.#key = key;
    this.#most = most;
  }

  /** The texts, each once. */
  get all(): readonly string[] {
    const kept = this.#memory.get(this.#key);
    return Array.isArray(kept) ? kept.filter((one) => typeof one === 'string').slice(0, this.#most) : [];
  }

  /** Puts a text first. */
  async add(text: string): Promise<void> {
    const others = this.all.filter((one) => one !== text);
    await this.#memory.update(this.#key, [text, ...others].slice(0, this.#most));
  }
}

/** The instructions of edits. */
export function recentInstructions(memory: Memory): RecentTexts {
  return new RecentTexts(memory, 'inlineChat.instructions', 30);
}

/** The names of models that were asked for. */
export function recentNames(memory: Memory): RecentTexts {
  return new RecentTexts(memory, 'pull.names', 10);
}
