/** Text of other places that helps to complete code, within a budget and in an order that stays. */
import type { ContextFile, Surroundings } from '../../../inference/index.ts';

/** Characters of a file below which what is left of it says nothing. */
const LEAST_CHARACTERS = 80;

/**
 * Cuts files to a budget: the first ones whole, the next one at a line end, the others not at all.
 * @param characters of all texts and names together.
 */
export function fitFiles(files: readonly ContextFile[], characters: number): readonly ContextFile[] {
  const fitting: ContextFile[] = [];
  let left = characters;
  for (const { path, text } of files) {
    left -= path.length + 2;
    const kept = text.length <= left ? text : text.slice(0, text.lastIndexOf('\n', left) + 1).trimEnd();
    if (kept.length < Math.min(LEAST_CHARACTERS, text.length)) break;
    fitting.push({ path, text: kept });
    left -= kept.length;
  }
  return fitting;
}

/** Returns surroundings with as many of their files as fit, or undefined if that is none. */
export function fitSurroundings(
  surroundings: Surroundings | undefined,
  characters: number,
): Surroundings | undefined {
  const files = fitFiles(surroundings?.files ?? [], characters);
  return surroundings === undefined || files.length === 0 ? undefined : { ...surroundings, files };
}

/**
 * Returns files in the order of their last use: those that are still wanted stay where they were, with the text that they
 * had, and new ones come behind them. The engine evaluates a prompt again from the first text that differs, so a better
 * order is not worth it.
 */
export function inStableOrder(
  before: readonly ContextFile[],
  wanted: readonly ContextFile[],
): readonly ContextFile[] {
  const key = ({ path, text }: ContextFile): string => `${path}\n${text}`;
  const keys = new Set(wanted.map(key));
  const kept = before.filter((file) => keys.has(key(file)));
  const known = new Set(kept.map(key));
  return [...kept, ...wanted.filter((file) => !known.has(key(file)))];
}
