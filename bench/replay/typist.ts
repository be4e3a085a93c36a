/** A typist who knows the file: types it line by line, and takes the completions that are right. */
import type { Tally } from './tally.ts';

/** A completion that is shown, with the milliseconds from the key to it. */
export interface Seen {
  readonly text: string;
  readonly ms: number;
}

/** Returns the completion that is seen at a place before the next key. */
export type See = (prefix: string, suffix: string) => Promise<Seen | undefined>;

/** Types a file. */
export async function typeFile(file: string, tally: Tally, see: See): Promise<void> {
  let at = 0;
  /** The end of the completion that was shown last and what it said, so that one that stays counts once. */
  let last = '';
  while (at < file.length) {
    const line = file.indexOf('\n', at);
    const lineEnd = line < 0 ? file.length : line;
    const seen = await see(file.slice(0, at), file.slice(lineEnd));
    if (seen !== undefined) {
      const isRight = file.startsWith(seen.text, at) && at + seen.text.length <= lineEnd;
      const key = `${at + seen.text.length}:${seen.text.at(-1)}`;
      if (key !== last)
        tally.shown(seen.ms, isRight, isRight ? 0 : wrongCharacters(seen.text, file.slice(at, lineEnd)));
      last = key;
      if (isRight) {
        tally.accepted(seen.text.length);
        at += seen.text.length;
        continue;
      }
    }
    tally.typed();
    at = behindKey(file, at);
  }
}

/** Returns where the cursor stands after a key: the editor indents a new line by itself. */
function behindKey(file: string, at: number): number {
  if (file[at] !== '\n') return at + 1;
  const indentation = /[ \t]*/y;
  indentation.lastIndex = at + 1;
  return at + 1 + (indentation.exec(file)?.[0].length ?? 0);
}

function wrongCharacters(text: string, right: string): number {
  let same = 0;
  while (same < text.length && text[same] === right[same]) same++;
  return text.length - same;
}
