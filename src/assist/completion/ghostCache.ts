/** The latest completions, so that typing along with one, or going back to it, needs no request. */
import { type Hole, typedBetween } from './place.ts';

/** A completion as it is shown. */
export interface Ghost {
  /** Never blank. */
  readonly text: string;
  /** Joint probability of its tokens, 0 to 1; undefined if the engine does not know it. */
  readonly probability: number | undefined;
}

/** Completions that are kept, at most. */
const MAX_ENTRIES = 64;

interface Entry {
  readonly hole: Hole;
  /** Undefined if the model had nothing to show. */
  readonly ghost: Ghost | undefined;
}

/** Completions by the places they were made for. */
export class GhostCache {
  #entries: Entry[] = [];

  /**
   * Returns what is left of a completion whose beginning was typed, `nothing` if the model has nothing to show here, or
   * undefined if that is not known.
   */
  find(hole: Hole): Ghost | 'nothing' | undefined {
    for (const entry of this.#entries) {
      const typed = typedBetween(entry.hole, hole);
      if (typed === undefined) continue;
      if (entry.ghost === undefined) {
        if (typed === '') return 'nothing';
        continue;
      }
      const rest = restOf(entry.ghost, typed);
      if (rest !== undefined) return rest;
    }
    return undefined;
  }

  add(hole: Hole, ghost: Ghost | undefined): void {
    const others = this.#entries.filter((entry) => typedBetween(entry.hole, hole) !== '');
    this.#entries = [{ hole, ghost }, ...others].slice(0, MAX_ENTRIES);
  }
}

/** Returns what is left of a completion after its first characters were typed, or undefined if nothing is. */
export function restOf({ text, probability }: Ghost, typed: string): Ghost | undefined {
  if (!text.startsWith(typed)) return undefined;
  const rest = text.slice(typed.length);
  return rest.trim() === '' ? undefined : { text: rest, probability };
}
