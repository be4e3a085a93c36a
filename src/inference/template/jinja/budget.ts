/** Limits of one rendering, so that a template cannot seize the process that renders it. */

/** A template went past a limit. */
export class TemplateLimitError extends Error {
  constructor(limit: 'work' | 'size') {
    super(`The template went past the limit of ${limit}.`);
  }
}

/** Steps of a rendering of nothing. */
const BASE_STEPS = 200_000;
/** Steps for each character of messages and tools, and for each message. */
const STEPS_PER_CHARACTER = 8;
const STEPS_PER_MESSAGE = 2_000;
/** Characters of a text, on top of those that messages and tools may be repeated to. */
const BASE_LENGTH = 500_000;
const REPETITIONS = 4;
/** Characters that cost as much as a step: copying and searching are fast. */
const CHARACTERS_PER_STEP = 64;

/**
 * Counts steps and characters. A step is an evaluated node, an iteration of a loop or 64 characters that were
 * written or searched, about a tenth of a microsecond to one microsecond each.
 */
export class Budget {
  readonly #maxLength: number;
  #steps: number;

  /** @param characters of all messages and tools. */
  constructor(characters: number, messages: number) {
    this.#maxLength = BASE_LENGTH + REPETITIONS * characters;
    this.#steps = BASE_STEPS + STEPS_PER_CHARACTER * characters + STEPS_PER_MESSAGE * messages;
  }

  /** @throws TemplateLimitError */
  spend(steps: number): void {
    this.#steps -= steps;
    if (this.#steps < 0) throw new TemplateLimitError('work');
  }

  /** @throws TemplateLimitError */
  spendText(characters: number): void {
    this.checkLength(characters);
    this.spend(characters / CHARACTERS_PER_STEP);
  }

  /** @throws TemplateLimitError if a text or a list of this size is too large. */
  checkLength(characters: number): void {
    if (characters > this.#maxLength) throw new TemplateLimitError('size');
  }
}
