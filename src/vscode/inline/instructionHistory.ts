/** Remembers the instructions of edits, the newest first. */

/** Where they are kept; VS Code's `Memento`. */
export interface Memory {
  get(key: string): unknown;
  update(key: string, value: unknown): Thenable<void>;
}

const KEY = 'inlineChat.instructions';
const MAX_INSTRUCTIONS = 30;

/** The instructions of this user, in all windows. */
export class InstructionHistory {
  readonly #memory: Memory;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  /** The instructions, each once. */
  get all(): readonly string[] {
    const kept = this.#memory.get(KEY);
    return Array.isArray(kept) ? kept.filter((one) => typeof one === 'string') : [];
  }

  /** Puts an instruction first. */
  async add(instruction: string): Promise<void> {
    const others = this.all.filter((one) => one !== instruction);
    await this.#memory.update(KEY, [instruction, ...others].slice(0, MAX_INSTRUCTIONS));
  }
}
