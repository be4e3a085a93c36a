/**
 * The least joint probability of a completion that is shown. Models differ in how far their probabilities can be trusted,
 * small ones are far too sure of themselves. So the gate begins where it is right for most and follows what the user
 * typed: up as far as needed until most completions above it are right.
 */
import type { Ghost } from './ghostCache.ts';
import { type Hole, typedBetween } from './place.ts';

/** Share of the shown completions that are to be right. */
const WANTED = 0.8;
/** The highest gate; a model that is wrong above it shows next to nothing. */
const HIGHEST = 0.99;
/** Lower ends of the ranges of probability in which completions are counted. */
const RANGES = [0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, HIGHEST];
/**
 * Shares that were right in each range, as measured with coder models of 0.5 to 7 billion parameters (0.3 to 0.5: 40 %,
 * to 0.7: 57 %, to 0.9: 64 to 76 %, above: 94 to 97 %). They count as much as {@link PRIOR_WEIGHT} completions.
 */
const EXPECTED = [0.15, 0.4, 0.57, 0.7, 0.82, 0.92, 0.95, 0.96, 0.98];
const PRIOR_WEIGHT = 8;
/** Completions of a range after which older ones count half, so that the gate comes down again in files that suit. */
const MEMORY = 40;

interface Count {
  right: number;
  wrong: number;
}

/** Follows which completions were right. */
export class Gate {
  readonly #least: number;
  readonly #counts: readonly Count[] = EXPECTED.map((share) => ({
    right: share * PRIOR_WEIGHT,
    wrong: (1 - share) * PRIOR_WEIGHT,
  }));
  #shown: { readonly hole: Hole; readonly ghost: Ghost } | undefined;

  /** @param least 0 to 1; the gate is never lower. With 0 it stays open, whatever was right. */
  constructor(least: number) {
    this.#least = least;
  }

  /** The gate for the next completion. */
  get value(): number {
    if (this.#least === 0) return 0;
    const gates = [this.#least, ...RANGES.filter((from) => from > this.#least && from <= HIGHEST)];
    return gates.find((from) => this.#isRightAbove(from)) ?? HIGHEST;
  }

  /** Takes note of a completion that is shown. */
  show(hole: Hole, ghost: Ghost): void {
    const typed = this.#shown === undefined ? undefined : typedBetween(this.#shown.hole, hole);
    // The rest of one that is shown already is no other.
    if (typed !== undefined && this.#shown?.ghost.text === typed + ghost.text) return;
    this.#shown = { hole, ghost };
  }

  /** Takes note of the place of the cursor: the user took what was shown, typed along with it, or typed against it. */
  see(hole: Hole): void {
    if (this.#shown === undefined) return;
    const { ghost } = this.#shown;
    const typed = typedBetween(this.#shown.hole, hole);
    if (typed !== undefined && ghost.text.startsWith(typed) && typed !== ghost.text) return;
    this.#shown = undefined;
    // Whoever went elsewhere said nothing about it.
    if (typed === undefined || ghost.probability === undefined) return;
    this.#count(ghost.probability, typed.startsWith(ghost.text));
  }

  #count(probability: number, isRight: boolean): void {
    const count = this.#counts[RANGES.findLastIndex((from) => probability >= from)];
    if (count === undefined) return;
    count[isRight ? 'right' : 'wrong']++;
    if (count.right + count.wrong < MEMORY) return;
    count.right /= 2;
    count.wrong /= 2;
  }

  /** The lowest range above a gate has most completions, so that one alone decides, and not those far above it. */
  #isRightAbove(gate: number): boolean {
    const range = RANGES.findLastIndex((from) => gate >= from);
    const { right, wrong } = this.#counts[range] ?? { right: 1, wrong: 0 };
    return right / (right + wrong) >= Math.min(WANTED, (EXPECTED[range] ?? WANTED) - 0.1);
  }
}
